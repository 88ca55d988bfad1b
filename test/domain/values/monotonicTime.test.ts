import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Effect, Fiber, Logger, Metric } from "effect"
import { TestClock } from "effect/testing"

import { monotonicOf } from "../../../src/domain/values/monotonicTime.ts"
import { makeThrottledWarning } from "../../../src/layers/kafka/js/ThrottledWarning.ts"
import { makeKeyedScheduler } from "../../../src/layers/kafka/KeyedScheduler.ts"
import { LockTable } from "../../../src/layers/ownership/LockTable.ts"
import { makeKeyedActors } from "../../../src/programs/runtime/KeyedActors.ts"
import { Rounds } from "../../../src/programs/upkeep/Rounds.ts"
import { timed } from "../../../src/telemetry/metrics.ts"
import { settableClock } from "../../support/settableClock.ts"

const hours = 3_600_000

/** Runs the test for a wall clock that is set forward, and for one that is set back. */
const whichever = <E, R>(
  title: string,
  test: (set: Effect.Effect<void>) => Effect.Effect<void, E, R>,
  jumps: ReadonlyArray<number> = [2 * hours, -2 * hours]
) => {
  for (const jump of jumps) {
    it.effect(`${title} (the wall clock is set by ${jump / hours} hours)`, () =>
      Effect.gen(function* () {
        const { clock, jump: setBy } = yield* settableClock
        const set = Effect.sync(() => setBy(jump))
        yield* Effect.provideService(test(set), Clock.Clock, clock) as Effect.Effect<void, E>
      })
    )
  }
}

describe("a duration within one process", () => {
  whichever("SPEC 9.5: a start permit is held for a second", (set) =>
    Effect.gen(function* () {
      const scheduler = yield* makeKeyedScheduler(256, 1)
      let started = 0
      const run = Effect.andThen(
        Effect.sync(() => void started++),
        Effect.never
      )
      const owner = { live: true, ended: () => undefined }
      const offer = (offset: number) =>
        scheduler.offer({ topic: "t", partition: 0, offset, key: undefined, needsStartPermit: true, run, owner })
      offer(0)
      yield* set
      offer(1)
      yield* TestClock.adjust(999)
      assert.strictEqual(started, 1)
      yield* TestClock.adjust(1)
      assert.strictEqual(started, 2)
    })
  )

  whichever("DESIGN Actors: an idle actor is kept for two seconds", (set) =>
    Effect.gen(function* () {
      let made = 0
      const call = yield* makeKeyedActors(() => ++made)
      const actor = call("a", Effect.succeed)
      yield* actor
      yield* set
      yield* TestClock.adjust(1999)
      assert.strictEqual(yield* actor, 1)
      yield* TestClock.adjust(2000)
      assert.strictEqual(yield* actor, 2)
    })
  )

  whichever("SPEC 9.1: a loop is late after its limit", (set) =>
    Effect.gen(function* () {
      const rounds = yield* Rounds
      yield* rounds.loop("a loop", 60_000)
      yield* set
      yield* TestClock.adjust(59_999)
      assert.deepStrictEqual(yield* rounds.late, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* rounds.late, ["a loop"])
    }).pipe(Effect.provide(Rounds.layer))
  )

  whichever("SPEC 9.1: an outage is logged every ten seconds", (set) =>
    Effect.gen(function* () {
      const lines: Array<unknown> = []
      const logger = Logger.make(({ message }) => void lines.push(message))
      const { about } = makeThrottledWarning("away", "back")
      const tell = Effect.provide(about("x"), Logger.layer([logger]))
      yield* tell
      yield* set
      yield* TestClock.adjust(9999)
      yield* tell
      assert.lengthOf(lines, 1)
      yield* TestClock.adjust(1)
      yield* tell
      assert.lengthOf(lines, 2)
    })
  )

  whichever("DESIGN Ownership: the loss of the lock session is told after its time", (set) =>
    Effect.gen(function* () {
      const table = new LockTable(yield* Clock.Clock)
      const loss = yield* Effect.forkChild(table.awaitLoss(10_000), { startImmediately: true })
      yield* set
      yield* TestClock.adjust(9000)
      assert.isUndefined(loss.pollUnsafe())
      yield* TestClock.adjust(1000)
      yield* Fiber.join(loss)
    })
  )

  whichever("CONTRACT GET /metrics: a step takes as long as it takes", (set) =>
    Effect.gen(function* () {
      const metrics: Metric.MetricRegistry = new Map()
      const step = Effect.andThen(set, Effect.sleep("3 seconds"))
      const fiber = yield* Effect.forkChild(
        Effect.provideService(timed("dispatch")(step), Metric.MetricRegistry, metrics),
        { startImmediately: true }
      )
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(fiber)
      const sums = Metric.snapshotUnsafe(Context.make(Metric.MetricRegistry, metrics)).flatMap((metric) =>
        metric.type === "Histogram" ? [metric.state.sum] : []
      )
      assert.deepStrictEqual(sums, [3])
    })
  )
})

describe("monotonicOf", () => {
  it.effect("SPEC 4.3: an epoch time of another process is as far away as the wall clock says now", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(100_000)
      const { clock, jump } = yield* settableClock
      jump(5000)
      assert.strictEqual(yield* Effect.provideService(monotonicOf(100_000), Clock.Clock, clock), 95_000)
    })
  )
})
