import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { record } from "../../domain/outbound/records.ts"
import { makeLocks } from "../../support/Locks.ts"
import { preparedWorld, requestCount } from "../../support/scene.ts"

/** A running process, its lock session, and how many members its group has. */
const scene = Effect.gen(function* () {
  const world = yield* preparedWorld()
  const session = yield* makeLocks().process
  yield* world.startOwning(session.layer)
  const joined = Effect.flatMap(world.runtimeStatus.intake, (intake) =>
    intake._tag === "None" ? Effect.succeed(false) : Effect.map(intake.value.kafka, (status) => status.joined)
  )
  yield* world.until(joined)
  return { world, session, joined }
})

describe("a process without a lock session", () => {
  it.effect("SPEC 9.1: keeps its partitions for ten seconds, and works on nothing meanwhile", () =>
    Effect.gen(function* () {
      const { joined, session, world } = yield* scene
      yield* session.lose
      yield* world.produce(record())
      yield* TestClock.adjust("9 seconds")
      assert.isTrue(yield* joined)
      assert.strictEqual(yield* requestCount(world), 0)
      yield* session.begin
      yield* world.responded(1)
      assert.isTrue(yield* joined)
    })
  )

  it.effect("SPEC 9.1: leaves the group after ten seconds, and joins it again when it has one", () =>
    Effect.gen(function* () {
      const { joined, session, world } = yield* scene
      yield* session.lose
      yield* world.produce(record())
      yield* world.until(Effect.map(joined, (is) => !is))
      yield* TestClock.adjust("1 minute")
      assert.isFalse(yield* joined)
      assert.strictEqual(yield* requestCount(world), 0)
      yield* session.begin
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      assert.isTrue(yield* joined)
      yield* world.until(Effect.map(world.committed, (offsets) => offsets.includes(1)))
    })
  )
})
