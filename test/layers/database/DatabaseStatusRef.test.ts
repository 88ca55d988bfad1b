import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { DatabaseStatus } from "../../../src/services/DatabaseStatus.ts"

const test = (title: string, body: (status: DatabaseStatus["Service"]) => Effect.Effect<void>) =>
  it.effect(title, () => DatabaseStatus.use(body).pipe(Effect.provide(DatabaseStatusRef)))

test("CONTRACT /health/ready: before a database is there it is neither reachable nor held", (status) =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* status.state, { reachable: false, holder: false, detail: "starting" })
  }))

test("CONTRACT /health/ready: returns what was reported, and runs the probe each time", (status) =>
  Effect.gen(function* () {
    let up = true
    yield* status.report({ probe: Effect.sync(() => up), holder: true, detail: "at db:5432" })
    assert.deepStrictEqual(yield* status.state, { reachable: true, holder: true, detail: "at db:5432" })
    up = false
    yield* status.report({ holder: false })
    assert.deepStrictEqual(yield* status.state, { reachable: false, holder: false, detail: "at db:5432" })
  }))

test("CONTRACT /health/ready: a database that does not answer is not reachable after 2 s", (status) =>
  Effect.gen(function* () {
    yield* status.report({ probe: Effect.uninterruptible(Effect.never), holder: true })
    const state = yield* Effect.forkChild(status.state)
    yield* TestClock.adjust("1999 millis")
    assert.isUndefined(state.pollUnsafe())
    yield* TestClock.adjust("1 millis")
    assert.isFalse((yield* Fiber.join(state)).reachable)
  }))

test("CONTRACT RUNNER_HOST: writers wait until this process holds the database, and again when it lost it", (status) =>
  Effect.gen(function* () {
    const first = yield* Effect.forkChild(status.holding)
    yield* Effect.yieldNow
    assert.isUndefined(first.pollUnsafe())
    yield* status.report({ holder: true })
    yield* Fiber.join(first)
    yield* status.report({ detail: "still held" })
    yield* status.holding
    yield* status.report({ holder: false })
    const second = yield* Effect.forkChild(status.holding)
    yield* Effect.yieldNow
    assert.isUndefined(second.pollUnsafe())
    yield* status.report({ holder: true })
    yield* Fiber.join(second)
  }))
