import { Context, Effect } from "effect"

/**
 * The right of a program to work on an actor. It rests on a lock in the database that was proven recently. A process that
 * was stopped, or that the database does not answer, holds nothing until it has proof again (DESIGN "Ownership").
 */
export interface Lease {
  /** Whether an external call may begin now. Check it at the last moment, because time may have passed. */
  readonly holds: () => boolean
  /** Completes when the lease holds. Interrupts its caller if the lock has been lost, for however short a time. */
  readonly awaitValid: Effect.Effect<void>
  /**
   * Epoch milliseconds, possibly some seconds ahead. No other process has begun a call for the actor after this time.
   */
  readonly validFrom: number
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

/** The lease of work outside of any actor, which no other process can do. */
export const unquestioned: Lease = { holds: () => true, awaitValid: Effect.void, validFrom: -Infinity }

/** Combines two leases that are needed together. */
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

/** The lease of the running program. The adapters check it before each call. */
export const CurrentLease = Context.Reference<Lease>("brom-ctx/services/CurrentClaim", {
  defaultValue: () => unquestioned
})

/** The actors that this process may work on. */
export class Ownership extends Context.Service<
  Ownership,
  {
    /** Waits until this process has the shard. Returns a lease of its actors for one run of a program. */
    lease(shard: string): Effect.Effect<Lease>
  }
>()("brom-ctx/services/Ownership") {}
