import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"

import { record } from "../../domain/outbound/records.ts"
import { preparedWorld } from "../../support/scene.ts"
import { settableClock } from "../../support/settableClock.ts"

const hours = 3_600_000

/** Milliseconds between the first two requests to Weni. The first is refused for ten seconds, and then the clock is set. */
const between = Effect.fnUntraced(function* (jump: number, restarted: boolean) {
  const { clock, jump: setBy } = yield* settableClock
  return yield* Effect.gen(function* () {
    const world = yield* preparedWorld()
    yield* world.weni.faults.add({ kind: "status", status: 429, headers: { "retry-after": "10" } })
    const first = yield* world.start
    yield* world.produce(record())
    const requests = Effect.map(world.weni.requests, ({ length }) => length)
    yield* world.until(Effect.map(requests, (count) => count === 1))
    const start = clock.monotonicTimeNanosUnsafe()
    setBy(jump)
    if (restarted) {
      yield* first.kill
      yield* world.start
    }
    yield* world.until(Effect.map(requests, (count) => count === 2))
    return Number(clock.monotonicTimeNanosUnsafe() - start) / 1e6
  }).pipe(Effect.provideService(Clock.Clock, clock))
})

describe("the pause after a refusal", () => {
  for (const jump of [2 * hours, -2 * hours]) {
    it.effect(`SPEC 4.6: is as long as Weni asked for when the wall clock is set by ${jump / hours} hours`, () =>
      Effect.gen(function* () {
        assert.approximately(yield* between(jump, false), 10_000, 200)
      })
    )
  }

  it.effect("SPEC 4.6: is no longer than that for another process, whose wall clock is hours behind", () =>
    Effect.gen(function* () {
      assert.isAtMost(yield* between(-2 * hours, true), 30_000)
    })
  )
})
