import { Context, Effect } from "effect"

/**
 * What a program may rely on while it works on an actor: a lock in the database, proven not long ago. A process that was stopped, or that
 * the database does not answer, holds nothing until it has proof again (DESIGN "Ownership").
 */
export interface Lease {
  /** Whether a call to the outside may begin now; to be asked at the last moment, for time may have been lost before it. */
  readonly holds: () => boolean
  /** Ends when it holds. Where it has been lost meanwhile, for however short a time, whoever waits is interrupted. */
  readonly awaitValid: Effect.Effect<void>
  /** Nobody else has begun a call for the actor after this time, epoch milliseconds; may be some seconds ahead. */
  readonly validFrom: number
}

/** A moment on both clocks, from their own beginnings: one stands still while a machine sleeps, the other can be set. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly wall: number
  /** Milliseconds. */
  readonly monotonic: number
}

/** The proof of a kernel's lock, which nobody takes from a process that lives. */
export const always: Moment = { wall: Infinity, monotonic: Infinity }

/** Where nobody else could be: what is done outside of any actor. */
export const unquestioned: Lease = { holds: () => true, awaitValid: Effect.void, validFrom: -Infinity }

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
    validFrom: Math.max(one.validFrom, other.validFrom)
  }
}

/** The claim of the program that runs; the adapters ask it before each call. */
export const CurrentLease = Context.Reference<Lease>("brom-ctx/services/CurrentClaim", {
  defaultValue: () => unquestioned
})

/** Which actors are this process's to work on. */
export class Ownership extends Context.Service<
  Ownership,
  {
    /** A claim to the actors of one shard of the cluster, when this process has it: for one run of a program. */
    lease(shard: string): Effect.Effect<Lease>
  }
>()("brom-ctx/services/Ownership") {}
