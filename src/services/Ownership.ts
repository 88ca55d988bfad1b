import { Context, Effect, type Option } from "effect"

/**
 * Permission to work on something: a lock in the database, proven recently. After the process was stopped, or while the
 * database does not answer it, the lease does not hold until the lock is proven again (DESIGN "Ownership").
 */
export interface Lease {
  /** Returns whether an external call may begin now. Check it at the last moment, because time may have passed. */
  readonly holds: () => boolean
  /** Completes when the lease holds. Interrupts its caller if the lock has been lost, however briefly. */
  readonly awaitValid: Effect.Effect<void>
  /** No other process begins a call under this lock after this time, monotonic milliseconds. May be some seconds ahead. */
  readonly validFrom: number
  /** Stays the same object until the lock is given back. State that was read under it is still current. */
  readonly tenure: object
}

/**
 * A moment on both clocks, each with its own origin. One clock stops while the machine sleeps, the other can be set.
 */
export interface Moment {
  /** Epoch milliseconds. */
  readonly wall: number
  /** Milliseconds. */
  readonly monotonic: number
}

/** The proof of a lock that the kernel keeps, which a live process cannot lose. */
export const always: Moment = { wall: Infinity, monotonic: Infinity }

/** The lease outside of any actor, where no other process can interfere. */
export const unquestioned: Lease = { holds: () => true, awaitValid: Effect.void, validFrom: -Infinity, tenure: {} }

/** Combines the leases of two locks that are needed together. */
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

/** The lease of the running program. The adapters check it before each call. */
export const CurrentLease = Context.Reference<Lease>("brom-ctx/services/CurrentLease", {
  defaultValue: () => unquestioned
})

/**
 * What can be owned: a communication, the place of a record with parked events, an identity of a customer, or the
 * operations.
 */
export type OwnedKind = "communication" | "record" | "customer" | "operation"

/**
 * Maximum number of locks that the sweep of one process holds, with the backlogs of busy communications. The server's
 * lock table is not large.
 */
export const sweepLocks = 480

/**
 * Maximum number of locks for events whose Case was looked up. Each event takes that of its record and that of its
 * communication.
 */
export const lookupLocks = 10

/** The part of `sweepLocks` that the backlogs take. */
export const backlogLocks = 24

/**
 * Gives this process sole ownership of what it works on. Two runs in one process share a lock and must take turns by
 * themselves. If the lock is lost, `run` is interrupted after a call that is under way has ended. It starts again from
 * its beginning once the lock has been regained. A run that holds a communication never waits for a record, and never
 * holds a second communication.
 */
export class Ownership extends Context.Service<
  Ownership,
  {
    /**
     * Waits until no other process owns the id, and gives it back after the run. A busy id is lent to others between
     * two runs.
     */
    hold<A, E, R>(kind: OwnedKind, id: string, run: (lease: Lease) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R>
    /** Like `hold`, without waiting. Returns none if another process owns the id. */
    tryHold<A, E, R>(
      kind: OwnedKind,
      id: string,
      run: (lease: Lease) => Effect.Effect<A, E, R>
    ): Effect.Effect<Option.Option<A>, E, R>
    /** Completes when this process can own something, which may be at once. */
    readonly awaitSession: Effect.Effect<void>
    /** Completes when this process has been unable to own anything for this many milliseconds. */
    awaitLoss(millis: number): Effect.Effect<void>
    /** Owns all of these ids or none. Gives back the locks that it got before it waits for the others. */
    holdAll<A, E, R>(
      kind: OwnedKind,
      ids: ReadonlyArray<string>,
      run: (lease: Lease) => Effect.Effect<A, E, R>
    ): Effect.Effect<A, E, R>
  }
>()("brom-ctx/services/Ownership") {}
