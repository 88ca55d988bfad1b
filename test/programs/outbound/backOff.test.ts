import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import { record } from "../../domain/outbound/records.ts"
import { fixtureId, preparedWorld } from "../../support/scene.ts"
import { settableClock } from "../../support/settableClock.ts"

const hours = 3_600_000

/**
 * Milliseconds between the first two requests to Weni. The first is refused for ten seconds, and then the clock is set.
 */
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
    it.effect(`SPEC 4.6: is as long as Weni requested when the wall clock is set by ${jump / hours} hours`, () =>
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

  it.effect("SPEC 4.6: one that no number can hold leaves facts that another process can read", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ settings: { breaker: { retryAfterMax: 20_000 } } })
      const headers = { "retry-after": "9".repeat(400) }
      yield* world.weni.faults.add({ kind: "status", status: 503, headers })
      const first = yield* world.start
      yield* world.produce(record())
      yield* world.until(Effect.map(world.weni.requests, ({ length }) => length === 1))
      yield* TestClock.adjust("1 second")
      yield* first.kill
      yield* world.start
      yield* TestClock.adjust("2 minutes")
      assert.lengthOf(yield* world.weni.dispatches, 1)
      assert.deepStrictEqual(
        (yield* world.responses).map(({ response_status }) => response_status),
        ["success"]
      )
    })
  )

  /** A message that Weni refuses `times` times, and whose first pause is between half of `baseDelay` and all of it. */
  const refusedTimes = Effect.fnUntraced(function* (times: number, baseDelay: number) {
    const world = yield* preparedWorld({ settings: { retry: { attempts: 5, baseDelay, maxDelay: 30_000 } } })
    yield* world.weni.faults.add({ kind: "status", status: 503, times })
    const process = yield* world.start
    yield* world.produce(record())
    const waits = Effect.map(world.facts(fixtureId), (facts) =>
      facts.flatMap((fact) => (fact._tag === "Held" ? [[fact.step, fact.reason, fact.attempts]] : []))
    )
    return { world, process, waits }
  })

  for (const [times, baseDelay, what, held] of [
    [1, 5000, "up to five seconds are waited for in place", []],
    [1, 10_100, "more than five seconds are a fact, and the run ends", [1]],
    [2, 10_100, "each refusal has a pause of its own", [1, 2]]
  ] as const) {
    it.effect(`SPEC 9.2, DESIGN Waiting: ${what}`, () =>
      Effect.gen(function* () {
        const { waits, world } = yield* refusedTimes(times, baseDelay)
        yield* world.responded(1)
        assert.deepStrictEqual(
          yield* waits,
          held.map((attempt) => ["dispatch", "backoff", attempt])
        )
        assert.lengthOf(yield* world.weni.requests, times + 1)
      })
    )
  }

  it.effect("SPEC 9.2, DESIGN Waiting: a run within the pause does not draw another one", () =>
    Effect.gen(function* () {
      const { waits, world } = yield* refusedTimes(1, 30_000)
      yield* world.until(Effect.map(waits, ({ length }) => length === 1))
      for (let times = 0; times < 3; times++) {
        yield* world.produce(record())
        yield* TestClock.adjust("1 second")
      }
      yield* world.responded(4)
      assert.lengthOf(yield* waits, 1)
      const [first, second] = (yield* world.weni.requests).map(({ at }) => at)
      assert.isAtLeast((second ?? 0) - (first ?? 0), 15_000)
      assert.isAtMost((second ?? 0) - (first ?? 0), 32_000)
    })
  )

  it.effect("SPEC 9.2, DESIGN Waiting: a process that starts within the pause waits for its end", () =>
    Effect.gen(function* () {
      const { process, waits, world } = yield* refusedTimes(1, 20_000)
      yield* world.until(Effect.map(waits, ({ length }) => length === 1))
      yield* process.kill
      yield* world.start
      yield* world.responded(1)
      const [first, second] = (yield* world.weni.requests).map(({ at }) => at)
      assert.isAtLeast((second ?? 0) - (first ?? 0), 10_000)
    })
  )
})
