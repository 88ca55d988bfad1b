import { it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

import { lockOwnership } from "../../../src/layers/ownership/lockOwnership.ts"
import { LockTable } from "../../../src/layers/ownership/LockTable.ts"
import { makeLockServer } from "../../../src/layers/ownership/OwnershipMemory.ts"
import { always } from "../../../src/services/Ownership.ts"
import { ownershipContract, type OwningProcess } from "../../contracts/ownership.ts"

/** Processes whose locks are kept in memory. */
const world = Effect.gen(function* () {
  const server = makeLockServer()
  const clock = yield* Clock.Clock
  const scope = yield* Effect.scope
  const start = Effect.gen(function* () {
    const table = new LockTable(clock)
    let session: Fiber.Fiber<unknown> | undefined
    const begin = Effect.gen(function* () {
      session = yield* Effect.forkIn(table.serve(server.join(table), { provenAt: always }), scope)
    })
    yield* begin
    const end = Effect.suspend(() => (session === undefined ? Effect.void : Fiber.interrupt(session)))
    const process: OwningProcess = {
      ownership: lockOwnership(table, clock, (kind, id) => `${kind} ${id}`),
      loseSession: Effect.andThen(end, begin),
      die: Effect.sync(() => server.leave(table))
    }
    return process
  })
  return { start }
})

ownershipContract({ name: "in memory", world, pass: TestClock.adjust, test: it.effect })
