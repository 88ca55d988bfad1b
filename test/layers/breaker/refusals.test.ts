import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Random } from "effect"
import { TestClock } from "effect/testing"

import type { CallOutcome } from "../../../src/domain/vendor/breaker.ts"
import { DispatchRefusal, type WeniReason } from "../../../src/domain/vendor/failureReasons.ts"
import { BreakersInProcess } from "../../../src/layers/breaker/BreakersInProcess.ts"
import { Breakers, CircuitOpen, makeCallState, type CallState } from "../../../src/services/Breakers.ts"
import { SettingsTest } from "../../support/settings.ts"

const reason: WeniReason = new DispatchRefusal({ status: 429, message: "HTTP 429", answer: {} })
const alive: CallOutcome<WeniReason> = { _tag: "Alive" }
const failed: CallOutcome<WeniReason> = { _tag: "Failed", reason }
const refused = (wait = 0): CallOutcome<WeniReason> => ({ _tag: "Busy", reason, wait })

/** The maximum jitter: a backoff is exactly 500, 1000, 2000 … ms. */
const fullDelay = { nextDoubleUnsafe: () => 1, nextIntUnsafe: () => 1 }

const inWorld = <A, E>(test: Effect.Effect<A, E, Breakers>, overrides: Parameters<typeof SettingsTest>[0] = {}) =>
  test.pipe(
    Effect.provideService(Random.Random, fullDelay),
    Effect.provide(BreakersInProcess.pipe(Layer.provide(SettingsTest(overrides))))
  )

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** One call with this outcome. Returns when it began. */
const call = (outcome: CallOutcome<WeniReason>, callState: CallState = makeCallState()) =>
  Effect.flatMap(Breakers, ({ weni }) =>
    weni.pass(callState, (pass) => Effect.andThen(pass.report(outcome), Clock.currentTimeMillis))
  )

const way = Effect.map(Breakers, ({ weni }) => weni.way())

/** Moves the clock on until the effect ends. */
const inTime = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* fork(effect)
  for (let step = 0; step < 1000 && fiber.pollUnsafe() === undefined; step++) yield* TestClock.adjust(100)
  return yield* Fiber.join(fiber)
})

describe("a 429", () => {
  it.effect("SPEC 4.6: holds every call for its Retry-After, and does not count as an attempt", () =>
    inWorld(
      Effect.gen(function* () {
        const callState = makeCallState()
        yield* call(refused(3000), callState)
        assert.isFalse(callState.counts)
        const others = yield* fork(Effect.all([call(alive), call(alive)], { concurrency: 2 }))
        yield* TestClock.adjust(2999)
        assert.isUndefined(others.pollUnsafe())
        yield* TestClock.adjust(1001)
        assert.deepStrictEqual(yield* Fiber.join(others), [3000, 4000])
      })
    )
  )

  it.effect("SPEC 4.6, 9.2: of more than 5 s is not waited for in place", () =>
    inWorld(
      Effect.gen(function* () {
        yield* call(refused(5001))
        assert.deepStrictEqual(yield* Effect.flip(call(alive)), new CircuitOpen(reason))
        yield* TestClock.adjust(5001)
        assert.strictEqual(yield* way, "probe")
      })
    )
  )

  it.effect("SPEC 4.6: is obeyed up to RETRY_AFTER_MAX and BREAKER_MAX_WAIT, whichever is less", () =>
    inWorld(
      Effect.gen(function* () {
        yield* call(refused(86_400_000))
        yield* TestClock.adjust(119_999)
        assert.strictEqual(yield* way, "shut")
        yield* TestClock.adjust(1)
        assert.strictEqual(yield* way, "probe")
      }),
      { breaker: { retryAfterMax: 120_000 } }
    )
  )

  it.effect("SPEC 4.6: without a time it holds for the vendor's backoff, which grows with refusals in succession", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        // Sixteen refusals at once count as one.
        yield* Effect.all(
          Array.from({ length: 16 }, () =>
            weni.pass(makeCallState(), (pass) => Effect.andThen(Effect.yieldNow, pass.report(refused())))
          ),
          { concurrency: "unbounded" }
        )
        const begun: Array<number> = []
        for (const outcome of [refused(), refused(), alive, refused(), alive]) {
          begun.push(yield* inTime(call(outcome)))
        }
        assert.deepStrictEqual(begun, [500, 1500, 3500, 4500, 5000])
      })
    )
  )

  it.effect("SPEC 4.6: of a call that began before the hold prolongs it", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        const late = yield* fork(
          weni.pass(makeCallState(), (pass) => Effect.andThen(Effect.sleep(1000), pass.report(refused(3000))))
        )
        yield* call(refused(2000))
        const next = yield* fork(call(alive))
        yield* TestClock.adjust(3999)
        yield* Fiber.join(late)
        assert.isUndefined(next.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.strictEqual(yield* Fiber.join(next), 4000)
      })
    )
  )

  it.effect("SPEC 4.6: is followed by a limited rate, which the status shows until it no longer limits", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        const statusOf = Effect.map(weni.status, ({ detail }) => detail)
        yield* Effect.replicateEffect(call(alive), 12)
        yield* call(refused(1000))
        yield* TestClock.adjust(1000)
        yield* inTime(call(alive))
        assert.strictEqual(yield* statusOf, "closed, calls begin at 5.9 per second")
        for (let n = 0; n < 60 * 12; n++) yield* inTime(call(alive))
        assert.strictEqual(yield* statusOf, "closed")
      })
    )
  )

  it.effect("SPEC 4.6: after the hold another operation's call goes first", () =>
    inWorld(
      Effect.gen(function* () {
        const callState = makeCallState()
        yield* call(refused(1000), callState)
        const same = yield* fork(call(alive, callState))
        const other = yield* fork(call(alive))
        yield* TestClock.adjust(1000)
        assert.strictEqual(yield* Fiber.join(other), 1000)
        assert.isUndefined(same.pollUnsafe())
        yield* TestClock.adjust(1000)
        assert.strictEqual(yield* Fiber.join(same), 2000)
      })
    )
  )

  it.effect("SPEC 4.6: again, while others are answered, counts and holds no other call", () =>
    inWorld(
      Effect.gen(function* () {
        const callState = makeCallState()
        yield* call(refused(60_000), callState)
        yield* TestClock.adjust(60_000)
        yield* call(alive)
        yield* inTime(call(refused(60_000), callState))
        assert.deepStrictEqual([callState.counts, yield* way], [true, "open"])
        yield* inTime(call(refused(60_000), callState))
        assert.deepStrictEqual([callState.counts, yield* way], [true, "open"])
      })
    )
  )

  it.effect("SPEC 4.6: again, while no other is answered or others are refused, too, holds all calls", () =>
    inWorld(
      Effect.gen(function* () {
        const callState = makeCallState()
        yield* call(refused(1000), callState)
        yield* inTime(call(refused(1000), callState))
        assert.deepStrictEqual([callState.counts, yield* way], [false, "shut"])
        yield* inTime(call(alive))
        yield* inTime(call(refused(1000)))
        yield* inTime(call(alive))
        yield* inTime(call(refused(1000), callState))
        assert.deepStrictEqual([callState.counts, yield* way], [false, "shut"])
      })
    )
  )

  it.effect("SPEC 4.6: operations that are refused for good do not excuse each other forever", () =>
    inWorld(
      Effect.gen(function* () {
        const two = [makeCallState(), makeCallState()]
        const counted: Array<boolean> = []
        for (let round = 0; round < 8; round++) {
          for (const callState of two) {
            yield* inTime(call(refused(1000), callState))
            counted.push(callState.counts)
            yield* inTime(call(alive))
          }
        }
        assert.deepStrictEqual(counted.indexOf(true), 12)
        assert.deepStrictEqual(counted.slice(12), [true, true, true, true])
      })
    )
  )

  it.effect("SPEC 4.6: the next run of an operation is known by its key until it is answered", () =>
    inWorld(
      Effect.gen(function* () {
        yield* call(refused(1000), makeCallState("openCase 1"))
        yield* inTime(call(alive))
        const again = makeCallState("openCase 1")
        yield* inTime(call(refused(1000), again))
        assert.isTrue(again.counts)
        yield* inTime(call(alive, makeCallState("openCase 1")))
        const later = makeCallState("openCase 1")
        yield* inTime(call(refused(1000), later))
        assert.isFalse(later.counts)
      })
    )
  )

  it.effect("SPEC 9.2: the next run of an operation that was a probe lets another one be the probe", () =>
    inWorld(
      Effect.gen(function* () {
        yield* call(failed)
        yield* TestClock.adjust(4000)
        yield* call(failed, makeCallState("a"))
        const states = ["a", "b"].map(makeCallState)
        const calls = yield* Effect.forEach(states, (callState) => fork(call(alive, callState)))
        yield* TestClock.adjust(4000)
        yield* Fiber.joinAll(calls)
        assert.deepStrictEqual(
          states.map(({ probe }) => probe),
          [false, true]
        )
      }),
      { breaker: { failures: 1, reset: 4000 } }
    )
  )
})

describe("an open breaker", () => {
  it.effect("SPEC 11.6: is half-opened by hand, whatever the vendor has asked for", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        yield* call(refused(600_000))
        assert.isTrue((yield* weni.status).open)
        yield* weni.halfOpen
        assert.strictEqual(weni.way(), "probe")
        assert.strictEqual(yield* call(alive), 0)
        assert.deepStrictEqual([weni.way(), yield* weni.status], ["open", { open: false, detail: "closed" }])
        // The timer of the closed breaker changes nothing later.
        yield* call(failed)
        yield* TestClock.adjust(600_000)
        assert.strictEqual(weni.way(), "open")
      })
    )
  )

  for (const [title, jump] of [
    ["set back by 2 hours", -7_200_000],
    ["set forward by 2 hours", 7_200_000]
  ] as const) {
    it.effect(`SPEC 9.2: a clock that is ${title} meanwhile neither prolongs nor shortens what is waited for`, () =>
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        let offset = 0
        const settable: Clock.Clock = {
          currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + offset,
          currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + offset),
          currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
          currentTimeNanos: clock.currentTimeNanos,
          monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
          monotonicTimeNanos: clock.monotonicTimeNanos,
          sleep: (duration) => clock.sleep(duration)
        }
        const layer = BreakersInProcess.pipe(Layer.provide(SettingsTest()))
        const context = yield* Effect.provideService(Layer.build(layer), Clock.Clock, settable)
        const onTest = Effect.gen(function* () {
          const { weni } = yield* Breakers
          yield* call(refused(4000))
          const waiting = yield* fork(call(alive))
          offset = jump
          yield* TestClock.adjust(3999)
          assert.deepStrictEqual([waiting.pollUnsafe(), weni.way()], [undefined, "shut"])
          yield* TestClock.adjust(1)
          yield* Fiber.join(waiting)
          assert.strictEqual(weni.way(), "open")
        })
        yield* Effect.provide(onTest, context)
      })
    )
  }
})
