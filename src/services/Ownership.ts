import { Context, Effect, type Option } from "effect"

/**
 * What a program may rely on while it works on something: a lock in the database, proven not long ago. A process that was stopped, or that
 * the database does not answer, holds nothing until it has proof again (DESIGN "Ownership").
 */
export interface Lease {
  /** Whether an external call may begin now. Check it at the last moment, because time may have passed. */
  readonly holds: () => boolean
  /** Completes when the lease holds. Interrupts its caller if the lock has been lost, for however short a time. */
  readonly awaitValid: Effect.Effect<void>
  /** Nobody else has begun a call under this lock after this time, epoch milliseconds; may be some seconds ahead. */
  readonly validFrom: number
  /** The same for as long as the lock is not given back: whoever knew the state under it knows it still. */
  readonly tenure: object
}

/** A moment on both clocks, each with its own origin. One clock stops while the machine sleeps, the other can be set. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly wall: number
  /** Milliseconds. */
  readonly monotonic: number
}

/** The proof of a kernel's lock, which a live process cannot lose. */
export const always: Moment = { wall: Infinity, monotonic: Infinity }

/** Where nobody else could be: what is done outside of any actor. */
export const unquestioned: Lease = { holds: () => true, awaitValid: Effect.void, validFrom: -Infinity, tenure: {} }

/** Two locks that are needed together. */
export const bothLeases = (one: Lease, other: Lease): Lease => {
  const holds = () => one.holds() && other.holds()
  return {
    holds,
    awaitValid: Effect.suspend(function wait(): Effect.Effect<void> {
      return holds()
        ? Effect.void
        : Effect.andThen(Effect.andThen(one.awaitValid, other.awaitValid), Effect.suspend(wait))
    }),
    validFrom: Math.max(one.validFrom, other.validFrom),
    tenure: other.tenure
  }
}

/** The lease of the program that runs; the adapters ask it before each call. */
export const CurrentLease = Context.Reference<Lease>("brom-ctx/services/CurrentLease", {
  defaultValue: () => unquestioned
})

/** What can be owned: a communication, the place of a record whose events are parked, an identity of a customer. */
export type OwnedKind = "communication" | "record" | "customer"

/** Locks that the sweep of one process has at most: the server's table of locks is not large. */
export const sweepLocks = 480

/**
 * What this process works on, and no other one meanwhile. Two runs of one process share a lock: it is theirs to take turns.
 * Where the lock is lost, `run` is interrupted, and runs again from its beginning when the lock is taken anew; a call that is under
 * way ends first. Nobody who holds a communication waits for a record, and nobody holds two communications.
 */
export class Ownership extends Context.Service<
  Ownership,
  {
    /** Waits until nobody else has it, and gives it back after the run. A busy id is lent to others between two runs. */
    hold<A, E, R>(kind: OwnedKind, id: string, run: (lease: Lease) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R>
    /** The same for whoever does not wait: none, when another process has it. */
    tryHold<A, E, R>(
      kind: OwnedKind,
      id: string,
      run: (lease: Lease) => Effect.Effect<A, E, R>
    ): Effect.Effect<Option.Option<A>, E, R>
    /** Ends at once, or when this process can own something again. */
    readonly awaitSession: Effect.Effect<void>
    /** Ends when it has not been able to own anything for so many milliseconds. */
    awaitLoss(millis: number): Effect.Effect<void>
    /** All of them or none: what was got is given back before it is waited for the others. */
    holdAll<A, E, R>(
      kind: OwnedKind,
      ids: ReadonlyArray<string>,
      run: (lease: Lease) => Effect.Effect<A, E, R>
    ): Effect.Effect<A, E, R>
  }
>()("brom-ctx/services/Ownership") {}
