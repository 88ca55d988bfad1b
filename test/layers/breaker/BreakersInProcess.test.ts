import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Latch, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"

import type { CallOutcome } from "../../../src/domain/vendor/breaker.ts"
import { NotConnected, type WeniReason } from "../../../src/domain/vendor/failureReasons.ts"
import { BreakersInProcess } from "../../../src/layers/breaker/BreakersInProcess.ts"
import {
  Breakers,
  CircuitOpen,
  makeCallState,
  type CallState,
  type Way,
  CallDeadline
} from "../../../src/services/Breakers.ts"
import { CurrentStartPermit } from "../../../src/services/StartPermit.ts"
import { SettingsTest } from "../../support/settings.ts"

const reason: WeniReason = new NotConnected({ detail: "ECONNREFUSED" })
const failed: CallOutcome<WeniReason> = { _tag: "Failed", reason }
const alive: CallOutcome<WeniReason> = { _tag: "Alive" }

/** Two slots; three failures open it for 4 s, so that calls wait in place. */
const inWorld = <A, E>(test: Effect.Effect<A, E, Breakers>, reset = 4000) =>
  Effect.provide(
    test,
    BreakersInProcess.pipe(
      Layer.provide(SettingsTest({ weni: { concurrency: 2 }, breaker: { failures: 3, reset, maxWait: 100_000 } }))
    )
  )

const call = (sign: CallOutcome<WeniReason>, callState: CallState = makeCallState(), begun: Array<boolean> = []) =>
  Effect.flatMap(Breakers, ({ weni }) =>
    weni.pass(callState, (pass) => {
      begun.push(pass.probe)
      return Effect.as(pass.report(sign), pass.probe)
    })
  )

const open = Effect.replicateEffect(call(failed), 3)

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

/** A call that notes its beginning, and ends when the gate opens. */
const noted =
  <A>(begun: Array<A>, what: A, gate: Latch.Latch) =>
  () =>
    Effect.andThen(
      Effect.sync(() => begun.push(what)),
      gate.await
    )

const openNow = Effect.flatMap(
  Effect.flatMap(Breakers, ({ weni }) => weni.status),
  (status) => Effect.succeed(status.open)
)

describe("BreakersInProcess", () => {
  it.effect("WENI_CONCURRENCY: no more calls than that at once, the others in their order", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        const gate = yield* Latch.make()
        const begun: Array<number> = []
        const calls = yield* Effect.forEach([1, 2, 3, 4], (number) =>
          fork(weni.pass(makeCallState(), noted(begun, number, gate)))
        )
        assert.deepStrictEqual(begun, [1, 2])
        yield* gate.open
        yield* Fiber.awaitAll(calls)
        assert.deepStrictEqual(begun, [1, 2, 3, 4])
      })
    )
  )

  it.effect("WENI_CONCURRENCY: a call of work in progress goes before calls of starting work", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        const gate = yield* Latch.make()
        const order: Array<string> = []
        const named = (name: string, begun: boolean) =>
          fork(
            Effect.provideService(weni.pass(makeCallState(), noted(order, name, gate)), CurrentStartPermit, {
              held: !begun,
              release: () => undefined
            })
          )
        const calls = [
          yield* named("at work", false),
          yield* named("at work too", false),
          yield* named("begins first", false),
          yield* named("begins then", false),
          yield* named("goes on first", true),
          yield* named("goes on then", true)
        ]
        yield* gate.open
        yield* Fiber.awaitAll(calls)
        assert.deepStrictEqual(order, [
          "at work",
          "at work too",
          "goes on first",
          "goes on then",
          "begins first",
          "begins then"
        ])
      })
    )
  )

  it.effect("WENI_CONCURRENCY: withdrawn calls are skipped, however many there are", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        const gate = yield* Latch.make()
        const order: Array<number> = []
        const calls = yield* Effect.forEach(
          Array.from({ length: 300 }, (_, index) => index),
          (number) => fork(weni.pass(makeCallState(), noted(order, number, gate)))
        )
        yield* Effect.forEach(
          calls.filter((_, index) => index > 2 && index % 3 > 0),
          Fiber.interrupt
        )
        yield* gate.open
        yield* Fiber.awaitAll(calls)
        assert.deepStrictEqual(order, [0, 1, 2, ...Array.from({ length: 99 }, (_, index) => (index + 1) * 3)])
      })
    )
  )

  it.effect("SPEC 9.2: a timer that fires too early by the clock does not leave it open forever", () =>
    inWorld(
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        const hasty: Clock.Clock = {
          currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
          currentTimeMillis: clock.currentTimeMillis,
          currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
          currentTimeNanos: clock.currentTimeNanos,
          monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
          monotonicTimeNanos: clock.monotonicTimeNanos,
          sleep: (duration) => clock.sleep(Duration.millis(Math.max(1, Duration.toMillis(duration) - 1)))
        }
        yield* Effect.provideService(open, Clock.Clock, hasty)
        const probe = yield* fork(call(alive))
        yield* TestClock.adjust(3999)
        assert.isTrue(yield* openNow)
        yield* TestClock.adjust(1)
        assert.isTrue(yield* Fiber.join(probe))
        assert.isFalse(yield* openNow)
      })
    )
  )

  it.effect("SPEC 9.2: while it is open calls wait, then one is the probe, and its success admits all", () =>
    inWorld(
      Effect.gen(function* () {
        yield* open
        assert.isTrue(yield* openNow)
        const probes: Array<boolean> = []
        const calls = yield* Effect.forEach([1, 2, 3], () => fork(call(alive, makeCallState(), probes)))
        yield* TestClock.adjust(3999)
        assert.deepStrictEqual(probes, [])
        yield* TestClock.adjust(1)
        yield* Fiber.awaitAll(calls)
        assert.deepStrictEqual(probes, [true, false, false])
        assert.isFalse(yield* openNow)
      })
    )
  )

  it.effect("SPEC 9.2: after a failed probe the next one is another operation's, if there is one", () =>
    inWorld(
      Effect.gen(function* () {
        yield* open
        const tried: Array<string> = []
        const operation = (name: string) => {
          const callState = makeCallState()
          const attempt = Effect.suspend(() => (tried.push(name), call(failed, callState)))
          return Effect.forever(attempt)
        }
        const calls = yield* Effect.forEach(["a", "b"], (name) => fork(Effect.ignore(operation(name))))
        const asked = tried.length
        yield* TestClock.adjust(2000)
        yield* TestClock.adjust(2000)
        // Each has come back once more, to wait again.
        assert.deepStrictEqual([asked, tried], [2, ["a", "b", "a", "b"]])
        yield* Fiber.interruptAll(calls)
      }),
      2000
    )
  )

  it.effect("SPEC 9.2: a call that comes while the way is known to stay shut for more than 5 s fails at once", () =>
    inWorld(
      Effect.gen(function* () {
        yield* open
        const early = yield* fork(Effect.flip(call(alive)))
        assert.deepStrictEqual(yield* Fiber.join(early), new CircuitOpen(reason))
        yield* TestClock.adjust(1000)
        const late = yield* fork(call(alive))
        assert.isUndefined(late.pollUnsafe())
        yield* TestClock.adjust(5000)
        assert.isTrue(yield* Fiber.join(late))
      }),
      6000
    )
  )

  it.effect(
    "SPEC 9.2: one operation waits for 5 s in all while the way stays shut, then fails with what opened it",
    () =>
      inWorld(
        Effect.gen(function* () {
          yield* open
          const callState = makeCallState()
          for (const _ of [1, 2]) {
            const probe = yield* fork(call(failed, callState))
            yield* TestClock.adjust(2000)
            assert.isTrue(yield* Fiber.join(probe))
          }
          assert.deepStrictEqual(yield* Effect.flip(call(failed, callState)), new CircuitOpen(reason))
          yield* TestClock.adjust(2000)
          yield* call(alive)
          yield* open
          const next = yield* fork(call(alive, callState))
          yield* TestClock.adjust(2000)
          assert.isTrue(yield* Fiber.join(next))
        }),
        2000
      )
  )

  it.effect("SPEC 9.2: waits behind a probe for 5 s at most, fails if the probe fails, continues if it succeeds", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        yield* open
        yield* TestClock.adjust(4000)
        const [failing, left] = [yield* Latch.make(), yield* Latch.make()]
        const probe = yield* fork(
          weni.pass(makeCallState(), (pass) => Effect.andThen(failing.await, pass.report(failed)))
        )
        const behind = yield* fork(Effect.flip(call(alive)))
        yield* TestClock.adjust(4999)
        assert.isUndefined(behind.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(yield* Fiber.join(behind), new CircuitOpen(reason))
        const later = yield* fork(Effect.flip(call(alive)))
        yield* TestClock.adjust(4000)
        yield* failing.open
        yield* Fiber.join(probe)
        assert.deepStrictEqual(yield* Fiber.join(later), new CircuitOpen(reason))
        yield* TestClock.adjust(4000)
        const good = yield* fork(weni.pass(makeCallState(), (pass) => Effect.andThen(left.await, pass.report(alive))))
        const last = yield* fork(call(alive))
        yield* left.open
        yield* Fiber.join(good)
        assert.isFalse(yield* Fiber.join(last))
      })
    )
  )

  it.effect("SPEC 9.2: the way is open, shut, or open for a probe; the next call is then the probe", () =>
    inWorld(
      Effect.gen(function* () {
        const seen: Array<Way> = []
        const { weni } = yield* Breakers
        yield* fork(Stream.runForEach(weni.ways, (way) => Effect.sync(() => seen.push(way))))
        yield* open
        assert.deepStrictEqual([weni.way(), seen.at(-1)], ["shut", "shut"])
        yield* TestClock.adjust(4000)
        assert.deepStrictEqual([weni.way(), seen.at(-1)], ["probe", "probe"])
        assert.isTrue(yield* call(failed))
        const waiting = yield* fork(call(alive))
        yield* TestClock.adjust(4000)
        assert.isTrue(yield* Fiber.join(waiting))
        yield* TestClock.adjust(0)
        assert.deepStrictEqual([weni.way(), seen], ["open", ["open", "shut", "probe", "shut", "open"]])
      })
    )
  )

  it.effect("SPEC 9.2: reports whether the vendor has answered since a moment, whatever the answer", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        assert.isFalse(weni.answeredSince(0))
        yield* TestClock.adjust(1000)
        yield* call(failed)
        assert.isFalse(weni.answeredSince(0))
        yield* call(alive)
        assert.deepStrictEqual([weni.answeredSince(999), weni.answeredSince(1000)], [true, false])
      })
    )
  )

  it.effect("SPEC 9.2, 2.5: a call does not wait beyond its deadline; waiting for a slot alone does not count", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        const gate = yield* Latch.make()
        const busy = yield* Effect.forEach([1, 2], () => fork(weni.pass(makeCallState(), () => gate.await)))
        const wanted = yield* fork(Effect.provideService(call(alive), CallDeadline, 10_000))
        yield* TestClock.adjust(200_000)
        assert.isUndefined(wanted.pollUnsafe())
        yield* gate.open
        yield* Fiber.awaitAll([...busy, wanted])
        yield* open
        const late = yield* fork(Effect.flip(Effect.provideService(call(alive), CallDeadline, 203_000)))
        yield* TestClock.adjust(2999)
        assert.isUndefined(late.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(yield* Fiber.join(late), new CircuitOpen(reason))
      })
    )
  )

  it.effect("SPEC 9.2: a call that waits for a slot when the breaker opens is held back like any other", () =>
    Effect.forEach([4000, 6000], (reset) =>
      inWorld(
        Effect.gen(function* () {
          const { weni } = yield* Breakers
          const [failing, left] = [yield* Latch.make(), yield* Latch.make()]
          yield* Effect.replicateEffect(call(failed), 2)
          const busy = yield* fork(weni.pass(makeCallState(), () => left.await))
          const opening = yield* fork(
            weni.pass(makeCallState(), (pass) =>
              failing.await.pipe(Effect.andThen(pass.report(failed)), Effect.andThen(left.await))
            )
          )
          yield* TestClock.adjust(60_000)
          const waiting = yield* fork(Effect.flip(call(alive)))
          yield* TestClock.adjust(60_000)
          assert.isFalse(yield* openNow)
          yield* failing.open
          yield* TestClock.adjust(0)
          assert.isTrue(yield* openNow)
          if (reset === 4000) {
            // Its slot does not come free for the probe.
            yield* TestClock.adjust(4999)
            assert.isUndefined(waiting.pollUnsafe())
            yield* TestClock.adjust(1)
          }
          assert.deepStrictEqual(yield* Fiber.join(waiting), new CircuitOpen(reason))
          yield* left.open
          yield* Fiber.awaitAll([busy, opening])
        }),
        reset
      )
    )
  )

  it.effect("SPEC 9.4: a wait can be interrupted where the call cannot; the next one is the probe", () =>
    inWorld(
      Effect.gen(function* () {
        yield* open
        const first = yield* fork(Effect.uninterruptible(call(alive)))
        const second = yield* fork(call(alive))
        yield* Fiber.interrupt(first)
        yield* TestClock.adjust(4000)
        assert.isTrue(yield* Fiber.join(second))
      })
    )
  )

  it.effect("SPEC 9.2: a probe that is interrupted gives its place to the next call", () =>
    inWorld(
      Effect.gen(function* () {
        const { weni } = yield* Breakers
        yield* open
        const first = yield* fork(weni.pass(makeCallState(), () => Effect.never))
        const second = yield* fork(call(alive))
        yield* TestClock.adjust(4000)
        assert.isUndefined(second.pollUnsafe())
        yield* Fiber.interrupt(first)
        assert.isTrue(yield* Fiber.join(second))
        assert.isFalse(yield* openNow)
      })
    )
  )
})
