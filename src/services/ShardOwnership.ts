import { Context, Effect } from "effect"

import type { Lease } from "./Ownership.ts"

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

/** Which shards' actors are this process's to work on. */
export class ShardOwnership extends Context.Service<
  ShardOwnership,
  {
    /** A claim to the actors of one shard of the cluster, when this process has it: for one run of a program. */
    lease(shard: string): Effect.Effect<Lease>
  }
>()("brom-ctx/services/ShardOwnership") {}
