import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Latch, Scope } from "effect"
import { TestClock } from "effect/testing"

import { backoff } from "../../../src/layers/kafka/KeyedScheduler.ts"
import type { KeyedScheduler } from "../../../src/layers/kafka/KeyedScheduler.ts"
import { makeKeyedScheduler } from "../../../src/layers/kafka/KeyedScheduler.ts"
import type { TaskOwner } from "../../../src/layers/kafka/KeyedScheduler.ts"
import type { Postponed } from "../../../src/services/Kafka.ts"
import { CurrentPlace, CurrentStartPermit, type StartPermit } from "../../../src/services/StartPermit.ts"

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
  run: Effect.Effect<void | Postponed>
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

it.effect("SPEC 9.5: work that leaves its place lets one more begin, once, and has not ended", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(1)
    const mine = owner()
    const gate = yield* Deferred.make<void>()
    const begun: Array<number> = []
    const waits = (offset: number) =>
      Effect.gen(function* () {
        begun.push(offset)
        const place = yield* CurrentPlace
        if (offset === 0) place.leave()
        if (offset === 0) place.leave()
        yield* Deferred.await(gate)
      })
    for (const offset of [0, 1, 2]) offer(scheduler, mine, offset, `key ${offset}`, waits(offset))
    assert.deepStrictEqual([begun, mine.offsets, scheduler.unfinished("topic")], [[0, 1], [], 3])
    yield* Deferred.succeed(gate, undefined)
    yield* TestClock.adjust(1)
    assert.deepStrictEqual([begun, mine.offsets.toSorted(), scheduler.unfinished("topic")], [[0, 1, 2], [0, 1, 2], 0])
    // The place that was left is not counted as free twice.
    const never = (offset: number) =>
      Effect.andThen(
        Effect.sync(() => begun.push(offset)),
        Effect.never
      )
    for (const offset of [3, 4]) offer(scheduler, mine, offset, `key ${offset}`, never(offset))
    assert.deepStrictEqual(begun, [0, 1, 2, 3])
  })
)

it.effect("SPEC 9.2, 9.5: a place belongs to one run: remains of a postponed run free no place of the next one", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(1)
    const mine = owner()
    const places: Array<{ leave(): void }> = []
    const resumes: Array<(how: "ended" | "again") => void> = []
    const begun: Array<number> = []
    const postponed: Postponed = { waitFor: (resume) => void resumes.push(resume) }
    const run = Effect.gen(function* () {
      places.push(yield* CurrentPlace)
      return places.length === 1 ? postponed : yield* Effect.never
    })
    offer(scheduler, mine, 0, "key 0", run)
    resumes[0]?.("again")
    assert.lengthOf(places, 2)
    offer(
      scheduler,
      mine,
      1,
      "key 1",
      Effect.sync(() => void begun.push(1))
    )
    places[0]?.leave()
    assert.deepStrictEqual(begun, [])
    places[1]?.leave()
    assert.deepStrictEqual([begun, mine.offsets], [[1], [1]])
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

it.effect("DESIGN Kafka intake: nothing of a lost partition starts, and its ends are ignored", () =>
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
      // An interrupted task is not known to have ended, so its record is delivered again.
      assert.deepStrictEqual(mine.offsets, [])
      yield* Scope.close(scope, Exit.void)
    })
)

/** What a postponed task passes on for its resumption. */
interface Waiting {
  readonly resume: (how: "ended" | "again") => void
  readonly isOurs: () => boolean
}

/** Work that is postponed in its first `times` runs, and ends in the next one. */
const postponing = (times = Number.POSITIVE_INFINITY) => {
  const waiting: Array<Waiting> = []
  const postponed: Postponed = { waitFor: (resume, isOurs) => void waiting.push({ resume, isOurs }) }
  const work = { runs: 0, waiting, run: Effect.sync(() => (work.runs++ < times ? postponed : undefined)) } as {
    runs: number
    readonly waiting: ReadonlyArray<Waiting>
    readonly run: Effect.Effect<void | Postponed>
  }
  return work
}

it.effect("SPEC 9.2: a postponed task holds neither a place nor its key, and is unfinished until it ends", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(1)
    const mine = owner()
    const gate = yield* Latch.make()
    const waits = postponing()
    offer(scheduler, mine, 0, "key", Effect.as(gate.await, { waitFor: () => {} }))
    offer(scheduler, mine, 1, "key", waits.run)
    offer(scheduler, mine, 2, "key", Effect.void)
    offer(scheduler, mine, 3, "another", Effect.void)
    assert.deepStrictEqual([waits.runs, mine.offsets], [0, []])
    yield* gate.open
    yield* Effect.yieldNow
    assert.deepStrictEqual([waits.runs, mine.offsets, scheduler.unfinished("topic")], [1, [3, 2], 2])
    const [one] = waits.waiting
    assert.isTrue(one?.isOurs())
    one?.resume("ended")
    assert.deepStrictEqual([waits.runs, mine.offsets, scheduler.unfinished("topic")], [1, [3, 2, 1], 1])
    // A second call does nothing.
    one?.resume("ended")
    one?.resume("again")
    assert.deepStrictEqual([waits.runs, mine.offsets, scheduler.unfinished("topic")], [1, [3, 2, 1], 1])
  })
)

it.effect("SPEC 9.2: resumed tasks of a key run in the order of `resume`, behind the one that runs", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(8)
    const mine = owner()
    const gate = yield* Latch.make()
    const [a, b, c] = [postponing(1), postponing(1), postponing(2)]
    offer(scheduler, mine, 0, "key", a.run)
    offer(scheduler, mine, 1, "key", b.run)
    offer(scheduler, mine, 2, "key", c.run)
    offer(scheduler, mine, 3, "key", gate.await)
    offer(scheduler, mine, 4, "key", Effect.void)
    for (const { waiting } of [c, a, b]) waiting[0]?.resume("again")
    assert.deepStrictEqual([[a, b, c].map(({ runs }) => runs), mine.offsets], [[1, 1, 1], []])
    yield* gate.open
    yield* Effect.yieldNow
    assert.deepStrictEqual(
      [[a, b, c].map(({ runs }) => runs), mine.offsets],
      [
        [2, 2, 2],
        [3, 4, 0, 1]
      ]
    )
    assert.strictEqual(scheduler.unfinished("topic"), 1)
    c.waiting[1]?.resume("again")
    assert.deepStrictEqual([c.runs, mine.offsets, scheduler.unfinished("topic")], [3, [3, 4, 0, 1, 2], 0])
  })
)

it.effect("SPEC 9.2: a task may be resumed while it is being postponed", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(1)
    const mine = owner()
    const gate = yield* Latch.make()
    let runs = 0
    const at = (how: "ended" | "again"): Postponed => ({ waitFor: (resume) => resume(how) })
    const run = Effect.sync(() => (++runs < 10_000 ? at("again") : at("ended")))
    offer(scheduler, mine, 0, "key", gate.await)
    offer(scheduler, mine, 1, "key", run)
    offer(scheduler, mine, 2, "key", Effect.void)
    yield* gate.open
    yield* Effect.yieldNow
    assert.deepStrictEqual([runs, mine.offsets, scheduler.unfinished("topic")], [10_000, [0, 2, 1], 0])
  })
)

it.effect("SPEC 9.2, 9.5: a resumed task needs a start permit again, also after a crash", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(8, 1)
    const mine = owner()
    const permits: Array<StartPermit> = []
    const [waits, holds] = [postponing(2), Effect.never]
    let crashes = 0
    const permitted = (offset: number, work: Effect.Effect<void | Postponed>) =>
      scheduler.offer({
        topic: "topic",
        partition: 0,
        offset,
        key: undefined,
        needsStartPermit: true,
        owner: mine,
        run: Effect.withFiber((fiber) => {
          permits.push(fiber.getRef(CurrentStartPermit))
          return work
        })
      })
    permitted(
      0,
      Effect.suspend(() => (crashes++ === 0 ? Effect.die("a defect") : waits.run))
    )
    yield* TestClock.adjust(1000)
    assert.deepStrictEqual([crashes, waits.runs], [2, 1])
    // A postponed task has no permit, so the next task starts with it.
    permitted(1, holds)
    assert.lengthOf(permits, 3)
    waits.waiting[0]?.resume("again")
    assert.strictEqual(waits.runs, 1)
    permits[1]?.release()
    assert.strictEqual(waits.runs, 1)
    permits[2]?.release()
    assert.strictEqual(waits.runs, 2)
  })
)

it.effect("SPEC 9.2, 9.7: a task that was postponed and crashes waits longer after each crash, as before", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(1)
    const mine = owner()
    const waits = postponing()
    let runs = 0
    const run = Effect.suspend(() => (++runs === 2 ? waits.run : runs === 4 ? Effect.void : Effect.die("a defect")))
    offer(scheduler, mine, 0, "key", run)
    yield* TestClock.adjust(1000)
    waits.waiting[0]?.resume("again")
    assert.strictEqual(runs, 3)
    yield* TestClock.adjust(1999)
    assert.strictEqual(runs, 3)
    yield* TestClock.adjust(1)
    assert.deepStrictEqual([runs, mine.offsets, scheduler.unfinished("topic")], [4, [0], 0])
  })
)

it.effect(
  "SPEC 9.2, 9.7: a task whose `waitFor` throws runs again after the backoff, and holds its key no longer",
  () =>
    Effect.gen(function* () {
      const scheduler = yield* makeKeyedScheduler(1)
      const mine = owner()
      let runs = 0
      const broken: Postponed = {
        waitFor: () => {
          throw new Error("a defect")
        }
      }
      offer(
        scheduler,
        mine,
        0,
        "key",
        Effect.sync(() => (++runs === 1 ? broken : undefined))
      )
      offer(scheduler, mine, 1, "key", Effect.void)
      assert.deepStrictEqual([runs, mine.offsets], [1, [1]])
      yield* TestClock.adjust(999)
      assert.strictEqual(runs, 1)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual([runs, mine.offsets, scheduler.unfinished("topic")], [2, [1, 0], 0])
    })
)

it.effect("docs/kafka.md: a postponed task of a lost partition is forgotten, and its `resume` does nothing", () =>
  Effect.gen(function* () {
    const scheduler = yield* makeKeyedScheduler(8)
    const [lost, kept] = [owner(), owner()]
    const [a, b, late, mine] = [postponing(), postponing(), postponing(), postponing()]
    const gate = yield* Latch.make()
    offer(scheduler, lost, 0, "a", a.run)
    offer(scheduler, lost, 1, "b", b.run)
    offer(scheduler, lost, 2, "late", Effect.andThen(gate.await, late.run))
    offer(scheduler, kept, 0, "a", mine.run)
    assert.strictEqual(scheduler.unfinished("topic"), 4)
    lost.live = false
    scheduler.disown(lost)
    assert.deepStrictEqual([scheduler.unfinished("topic"), a.waiting[0]?.isOurs()], [2, false])
    // It was running when its partition was lost.
    yield* gate.open
    yield* Effect.yieldNow
    assert.deepStrictEqual([scheduler.unfinished("topic"), late.waiting.map((it) => it.isOurs())], [1, [false]])
    a.waiting[0]?.resume("ended")
    b.waiting[0]?.resume("again")
    late.waiting[0]?.resume("again")
    assert.deepStrictEqual([a.runs, b.runs, late.runs, lost.offsets], [1, 1, 1, []])
    assert.deepStrictEqual([scheduler.unfinished("topic"), mine.waiting[0]?.isOurs()], [1, true])
    mine.waiting[0]?.resume("ended")
    assert.deepStrictEqual([scheduler.unfinished("topic"), kept.offsets], [0, [0]])
  })
)

it.effect(
  "SPEC 9.4: a stop does not wait for postponed tasks; they may end until the drain is over, and never run",
  () =>
    Effect.gen(function* () {
      const scheduler = yield* makeKeyedScheduler(8)
      const mine = owner()
      const waits = [postponing(), postponing(), postponing()] as const
      for (const [offset, { run }] of waits.entries()) offer(scheduler, mine, offset, undefined, run)
      const gate = yield* Latch.make()
      offer(scheduler, mine, 3, undefined, gate.await)
      const stopping = yield* Effect.forkChild(scheduler.stop(5000), { startImmediately: true })
      waits[0].waiting[0]?.resume("ended")
      waits[1].waiting[0]?.resume("again")
      assert.deepStrictEqual([waits[1].runs, mine.offsets], [1, [0]])
      yield* gate.open
      yield* Fiber.join(stopping)
      assert.isFalse(waits[2].waiting[0]?.isOurs())
      waits[2].waiting[0]?.resume("ended")
      assert.deepStrictEqual(mine.offsets, [0, 3])
    })
)

it.effect("SPEC 9.2: ten thousand postponed tasks of one key hold no fiber", () =>
  Effect.gen(function* () {
    const count = 10_000
    const scheduler = yield* makeKeyedScheduler(4)
    const mine = owner()
    const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
    const resumes: Array<(how: "ended" | "again") => void> = []
    const postponed: Postponed = { waitFor: (resume) => void resumes.push(resume) }
    const run = Effect.withFiber((fiber) => {
      fibers.push(fiber)
      return Effect.succeed(fibers.length <= count ? postponed : undefined)
    })
    for (let offset = 0; offset < count; offset++) offer(scheduler, mine, offset, "key", run)
    assert.deepStrictEqual([scheduler.unfinished("topic"), resumes.length, mine.offsets.length], [count, count, 0])
    assert.isTrue(fibers.every((fiber) => fiber.pollUnsafe() !== undefined))
    for (const [at, resume] of resumes.entries()) resume(at % 2 === 0 ? "again" : "ended")
    assert.deepStrictEqual(
      [scheduler.unfinished("topic"), fibers.length, mine.offsets],
      [0, count * 1.5, Array.from({ length: count }, (_, at) => at)]
    )
  })
)
