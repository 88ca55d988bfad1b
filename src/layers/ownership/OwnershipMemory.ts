import { Clock, Effect, Layer } from "effect"

import { always, Ownership } from "../../services/Ownership.ts"
import { lockOwnership } from "./lockOwnership.ts"
import { makeLockServer } from "./LockServerMemory.ts"
import { LockTable } from "./LockTable.ts"

/** `Ownership` of a process whose locks are in memory; `validFrom`: nobody else had any of them after it, epoch milliseconds; now if absent. */
export const makeOwnershipMemory = Effect.fnUntraced(function* (server = makeLockServer(), validFrom?: number) {
  const clock = yield* Clock.Clock
  const table = new LockTable(clock)
  const known = { provenAt: always, validFrom: validFrom ?? clock.currentTimeMillisUnsafe() }
  yield* Effect.addFinalizer(() => Effect.sync(() => server.leave(table)))
  yield* Effect.forkScoped(table.serve(server.join(table), known))
  return lockOwnership(table, clock, (kind, id) => `${kind} ${id}`)
})

export const ownershipMemory = (server?: ReturnType<typeof makeLockServer>, validFrom?: number) =>
  Layer.effect(Ownership, makeOwnershipMemory(server, validFrom))
