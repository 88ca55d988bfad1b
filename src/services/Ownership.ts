import { Context, Effect } from "effect"

/**
 * What a program may rely on while it works on an actor: a lock in the database, proven not long ago. A process that was stopped, or that
 * the database does not answer, holds nothing until it has proof again (DESIGN "Ownership").
 */
export interface Claim {
  /** Whether a call to the outside may begin now; to be asked at the last moment, for time may have been lost before it. */
  readonly holds: () => boolean
  /** Ends when it holds. Where it has been lost meanwhile, for however short a time, whoever waits is interrupted. */
  readonly held: Effect.Effect<void>
  /** Nobody else has begun a call for the actor after this time, epoch milliseconds; may be some seconds ahead. */
  readonly since: number
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
export const unquestioned: Claim = { holds: () => true, held: Effect.void, since: -Infinity }

/** Two locks that are needed together. */
export const bothClaims = (one: Claim, other: Claim): Claim => {
  const holds = () => one.holds() && other.holds()
  return {
    holds,
    held: Effect.suspend(function wait(): Effect.Effect<void> {
      return holds() ? Effect.void : Effect.andThen(Effect.andThen(one.held, other.held), Effect.suspend(wait))
    }),
    since: Math.max(one.since, other.since)
  }
}

/** The claim of the program that runs; the adapters ask it before each call. */
export const CurrentClaim = Context.Reference<Claim>("brom-ctx/services/CurrentClaim", {
  defaultValue: () => unquestioned
})

/** Which actors are this process's to work on. */
export class Ownership extends Context.Service<
  Ownership,
  {
    /** A claim to the actors of one shard of the cluster, when this process has it: for one run of a program. */
    claim(shard: string): Effect.Effect<Claim>
  }
>()("brom-ctx/services/Ownership") {}
