import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Latch, Scope } from "effect"
import { TestClock } from "effect/testing"

import { backoff } from "../../../src/layers/kafka/KeyedScheduler.ts"
import type { KeyedScheduler } from "../../../src/layers/kafka/KeyedScheduler.ts"
import { makeKeyedScheduler } from "../../../src/layers/kafka/KeyedScheduler.ts"
import type { TaskOwner } from "../../../src/layers/kafka/KeyedScheduler.ts"

const owner = (): TaskOwner & { live: boolean; readonly offsets: Array<number> } => ({
  live: true,
  offsets: [],
  ended(offset) {
    this.offsets.push(offset)
  }
})

const offer = (
  scheduler: KeyedScheduler,
  of: TaskOwner,
  offset: number,
  key: string | undefined,
  run: Effect.Effect<void>
) => scheduler.offer({ topic: "topic", partition: 0, offset, key, run, owner: of })

it("SPEC 9.7: the delay before failed work runs again grows from 1 s to 30 s", () => {
  assert.deepStrictEqual([1, 2, 3, 4, 5, 6, 7, 20].map(backoff), [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
})

it.effect("SPEC 9.7: work that keeps failing waits longer each time and holds no place", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(1)
    const mine = owner()
    let runs = 0
    offer(
      scheduler,
      mine,
      0,
      "bad",
      Effect.suspend(() => (++runs < 4 ? Effect.die("a defect") : Effect.void))
    )
    offer(scheduler, mine, 1, "good", Effect.void)
    assert.deepStrictEqual([runs, mine.offsets], [1, [1]])
    for (const [millis, expected] of [
      [999, 1],
      [1, 2],
      [1999, 2],
      [1, 3],
      [3999, 3],
      [1, 4]
    ] as const) {
      yield* TestClock.adjust(millis)
      assert.strictEqual(runs, expected)
    }
    assert.deepStrictEqual([mine.offsets, scheduler.unfinished("topic")], [[1, 0], 0])
  })
)

it.effect("SPEC 9.7: work that interrupts itself has not ended either", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(1)
    const mine = owner()
    let runs = 0
    offer(
      scheduler,
      mine,
      0,
      undefined,
      Effect.suspend(() => (runs++ === 0 ? Effect.interrupt : Effect.void))
    )
    assert.deepStrictEqual(mine.offsets, [])
    yield* TestClock.adjust(1000)
    assert.deepStrictEqual([runs, mine.offsets], [2, [0]])
  })
)

it.effect("DESIGN Kafka intake: ten thousand synchronous tasks of one key do not exhaust the stack", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(4)
    const mine = owner()
    const gate = yield* Latch.make()
    offer(scheduler, mine, 0, "key", gate.await)
    for (let offset = 1; offset < 10_000; offset++) offer(scheduler, mine, offset, "key", Effect.void)
    assert.strictEqual(scheduler.unfinished("topic"), 10_000)
    yield* gate.open
    yield* Effect.yieldNow
    assert.deepStrictEqual(
      mine.offsets,
      Array.from({ length: 10_000 }, (_, at) => at)
    )
  })
)

it.effect("DESIGN Kafka intake: of a partition that was lost nothing starts, and no end is heard", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(1)
    const [lost, kept] = [owner(), owner()]
    const gate = yield* Latch.make()
    const ran: Array<number> = []
    const run = (offset: number) => Effect.sync(() => void ran.push(offset))
    offer(scheduler, lost, 0, "key", Effect.andThen(gate.await, run(0)))
    offer(scheduler, lost, 1, "key", run(1))
    offer(scheduler, kept, 2, "key", run(2))
    lost.live = false
    yield* gate.open
    yield* Effect.yieldNow
    assert.deepStrictEqual([ran, lost.offsets, kept.offsets], [[0, 2], [], [2]])
  })
)

it.effect(
  "SPEC 9.4: a stop waits for the drain at most, then interrupts; an attempt that is not interruptible ends",
  () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const scheduler = yield* makeKeyedScheduler(2).pipe(Effect.provideService(Scope.Scope, scope))
      const mine = owner()
      const answer = yield* Deferred.make<void>()
      offer(scheduler, mine, 0, undefined, Effect.never)
      let recorded = false
      const record = Effect.sync(() => void (recorded = true))
      offer(scheduler, mine, 1, undefined, Effect.uninterruptible(Effect.andThen(Deferred.await(answer), record)))
      const stopping = yield* Effect.forkChild(scheduler.stop(5000), { startImmediately: true })
      offer(scheduler, mine, 2, undefined, Effect.void)
      yield* TestClock.adjust(5000)
      assert.isUndefined(stopping.pollUnsafe())
      yield* Deferred.succeed(answer, undefined)
      yield* Fiber.join(stopping)
      assert.isTrue(recorded)
      // What was interrupted is not known to have ended: its record is delivered again.
      assert.deepStrictEqual(mine.offsets, [])
      yield* Scope.close(scope, Exit.void)
    })
)
