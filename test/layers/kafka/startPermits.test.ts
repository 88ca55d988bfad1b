import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { makeKeyedScheduler } from "../../../src/layers/kafka/KeyedScheduler.ts"
import type { TaskOwner } from "../../../src/layers/kafka/KeyedScheduler.ts"
import { CurrentStartPermit, type StartPermit } from "../../../src/services/StartPermit.ts"

const mine: TaskOwner = { live: true, ended: () => {} }

/** Work that keeps its start permit for the test to release. */
const setUp = Effect.fnUntraced(function* (maxInFlight: number, startPermits?: number) {
  const scheduler = yield* makeKeyedScheduler(maxInFlight, startPermits)
  const started: Array<StartPermit> = []
  const run = Effect.withFiber((fiber) => {
    started.push(fiber.getRef(CurrentStartPermit))
    return Effect.never
  })
  const offerAs = (offset: number, work: Effect.Effect<void>, needsStartPermit = true, topic = "topic") =>
    scheduler.offer({ topic, partition: 0, offset, key: undefined, needsStartPermit, run: work, owner: mine })
  const offer = (count: number) => {
    for (let offset = 0; offset < count; offset++) offerAs(offset, run)
  }
  return { scheduler, started, run, offer, offerAs }
})

it.effect("DESIGN Kafka intake: work starts when a start permit is free", () =>
  Effect.gen(function* () {
    const { offer, started } = yield* setUp(256, 2)
    offer(10)
    assert.lengthOf(started, 2)
    started[1]!.release()
    assert.lengthOf(started, 3)
    started[1]!.release()
    assert.lengthOf(started, 3)
    started[0]!.release()
    started[2]!.release()
    assert.lengthOf(started, 5)
  })
)

it.effect("CONTRACT MAX_IN_FLIGHT: work that has released its permit still counts", () =>
  Effect.gen(function* () {
    const { offer, started } = yield* setUp(3, 2)
    offer(10)
    started[0]!.release()
    started[1]!.release()
    assert.lengthOf(started, 3)
  })
)

it.effect("DESIGN Kafka intake: permits are unlimited by default", () =>
  Effect.gen(function* () {
    const { offer, started } = yield* setUp(3)
    offer(10)
    assert.lengthOf(started, 3)
  })
)

it.effect("DESIGN Kafka intake: work that has ended frees its permit", () =>
  Effect.gen(function* () {
    const { offer, offerAs, started } = yield* setUp(256, 1)
    offerAs(100, Effect.sleep(10))
    offer(1)
    assert.lengthOf(started, 0)
    yield* TestClock.adjust(10)
    assert.lengthOf(started, 1)
  })
)

it.effect("SPEC 9.5: waiting work without a call delays the others by one second at most", () =>
  Effect.gen(function* () {
    const { offer, started } = yield* setUp(256, 2)
    offer(7)
    yield* TestClock.adjust(999)
    assert.lengthOf(started, 2)
    yield* TestClock.adjust(1)
    assert.lengthOf(started, 4)
    yield* TestClock.adjust(1000)
    assert.lengthOf(started, 6)
    // Work that has lost its permit does not release it a second time.
    started[0]!.release()
    assert.lengthOf(started, 6)
    started[5]!.release()
    assert.lengthOf(started, 7)
  })
)

it.effect("DESIGN Kafka intake: work without calls starts at once, and so does that of another topic", () =>
  Effect.gen(function* () {
    const { offer, offerAs, run, started } = yield* setUp(256, 1)
    offerAs(0, Effect.never, false)
    offerAs(1, run, false)
    offer(2)
    assert.lengthOf(started, 2)
    offerAs(5, run, true, "another topic")
    assert.lengthOf(started, 3)
    // It stands behind one that waits for room.
    offerAs(6, run, false)
    assert.lengthOf(started, 3)
    started[1]!.release()
    assert.lengthOf(started, 5)
  })
)

it.effect("SPEC 9.7: failed work runs again without a permit", () =>
  Effect.gen(function* () {
    const { offer, offerAs, started } = yield* setUp(256, 1)
    let runs = 0
    offerAs(
      0,
      Effect.suspend(() => (++runs === 1 ? Effect.die("a defect") : Effect.never))
    )
    offer(2)
    assert.deepStrictEqual([runs, started.length], [1, 1])
    yield* TestClock.adjust(999)
    assert.deepStrictEqual([runs, started.length], [1, 1])
    yield* TestClock.adjust(1)
    assert.strictEqual(runs, 2)
  })
)

it.effect("DESIGN Kafka intake: the permit of an earlier run does not free that of a later one", () =>
  Effect.gen(function* () {
    const { offer, offerAs, started } = yield* setUp(256, 1)
    const runs: Array<StartPermit> = []
    const run = Effect.withFiber((fiber) => {
      runs.push(fiber.getRef(CurrentStartPermit))
      return runs.length === 1 ? Effect.die("a defect") : Effect.never
    })
    offerAs(0, run)
    yield* TestClock.adjust(1000)
    offer(1)
    assert.deepStrictEqual([runs.length, started.length], [2, 0])
    // What the failed run left behind may still make its first call.
    runs[0]!.release()
    assert.lengthOf(started, 0)
    runs[1]!.release()
    assert.lengthOf(started, 1)
  })
)

it.effect("SPEC 9.5, 9.7: failed work that runs beyond the permits delays the others by one second at most", () =>
  Effect.gen(function* () {
    const { offer, offerAs, started } = yield* setUp(256, 1)
    let runs = 0
    const failing = Effect.suspend(() => (++runs <= 2 ? Effect.die("a defect") : Effect.never))
    offerAs(0, failing)
    offerAs(1, failing)
    offer(4)
    assert.deepStrictEqual([runs, started.length], [2, 1])
    // The two run again, and the first of the others has held the permit for a second.
    yield* TestClock.adjust(1000)
    assert.strictEqual(runs, 4)
    const then = started.length
    yield* TestClock.adjust(999)
    assert.lengthOf(started, then)
    yield* TestClock.adjust(1)
    assert.lengthOf(started, then + 1)
  })
)

it.effect("DESIGN Kafka intake: nothing of a lost partition waits for room", () =>
  Effect.gen(function* () {
    const { scheduler, offer, started } = yield* setUp(256, 1)
    offer(1)
    const lost = { live: true, ended: () => {} }
    scheduler.offer({
      topic: "topic",
      partition: 1,
      offset: 0,
      key: "key",
      needsStartPermit: true,
      run: Effect.void,
      owner: lost
    })
    lost.live = false
    scheduler.offer({
      topic: "topic",
      partition: 0,
      offset: 9,
      key: undefined,
      needsStartPermit: false,
      run: Effect.void,
      owner: mine
    })
    assert.deepStrictEqual([started.length, scheduler.unfinished("topic")], [1, 1])
  })
)
