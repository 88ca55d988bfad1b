import { Clock, Effect, FiberHandle, Latch, Metric } from "effect"

import type { Sign } from "../../domain/breaker.ts"
import { CurrentBeginning } from "../../services/Beginning.ts"
import { type Breaker, HasBegun, type Pass, type Patience } from "../../services/Breakers.ts"
import type { BreakerSettings } from "../../services/Settings.ts"
import { gauges } from "../../telemetry/metrics.ts"
import { type Change, Gate } from "./Gate.ts"
import { makeLeave } from "./leave.ts"
import { logChange, type Named, statusOf } from "./tell.ts"

export interface BreakerOptions {
  /** The vendor, as metrics and logs call it. */
  readonly dependency: string
  /** Its slots. */
  readonly concurrency: number
  readonly limits: BreakerSettings
  /** Run after everything that may have changed the gate's `admission`. */
  readonly changed: Effect.Effect<void>
}

/** The breaker of one vendor, and the gate behind it. */
export const makeBreaker = Effect.fnUntraced(function* <Reason extends Named>(options: BreakerOptions) {
  const { changed, dependency, limits } = options
  const clock = yield* Clock.Clock
  const gate = new Gate<Reason>(options.concurrency, limits)
  const opened = Latch.makeUnsafe(false)
  const closed = Latch.makeUnsafe(true)
  const leaveOf = makeLeave({ gate, opened, closed, clock, maxWait: limits.maxWait })
  const timer = yield* FiberHandle.make()
  const metric = Metric.withAttributes(gauges.breakerOpen, { dependency })
  yield* Metric.update(metric, 0)

  /** An open breaker lets a probe through when its time has come. Whole or not at all: nothing else would set its timer. */
  const follow = Effect.fnUntraced(function* (change: Change<Reason>): Effect.fn.Return<void> {
    const { after, before } = change
    if (after._tag === "Closed") {
      opened.closeUnsafe()
      closed.openUnsafe()
    } else {
      closed.closeUnsafe()
      opened.openUnsafe()
      if (before._tag === "Closed") gate.opened()
    }
    yield* changed
    if (before === after) return
    // As it is by now: a probe may have ended while this was told.
    yield* Metric.update(metric, gate.breaker._tag === "Closed" ? 0 : 1)
    yield* logChange(dependency, change, clock.currentTimeMillisUnsafe())
    if (gate.breaker._tag === "Open") yield* FiberHandle.run(timer, untilElapsed)
  }, Effect.uninterruptible)

  /** Ends when the breaker is no longer open: its time may be moved, a timer may fire early, and the clock be set back. */
  const untilElapsed = Effect.gen(function* (): Effect.fn.Return<void> {
    for (;;) {
      const { breaker } = gate
      if (breaker._tag !== "Open") return
      const left = breaker.until - clock.currentTimeMillisUnsafe()
      if (left <= 0) return yield* follow(gate.elapse(clock.currentTimeMillisUnsafe()))
      yield* Effect.sleep(left)
    }
  })

  /** While it is closed all are let in, whatever comes and goes. */
  const mayHaveChanged = Effect.suspend(() => (gate.breaker._tag === "Closed" ? Effect.void : changed))

  const report = (sign: Sign<Reason>, probe: boolean) =>
    Effect.suspend(() => {
      const change = gate.report(sign, probe, clock.currentTimeMillisUnsafe())
      return change.before === change.after && change.after._tag === "Closed" ? Effect.void : follow(change)
    })

  const release = Effect.suspend(() => {
    gate.release()
    return mayHaveChanged
  })

  const entered = (patience: Patience) =>
    Effect.withFiber((fiber) => {
      const waiter = gate.enter(patience, fiber.getRef(HasBegun), fiber.getRef(CurrentBeginning))
      if (waiter.admitted) return Effect.as(mayHaveChanged, patience.probe)
      return Effect.andThen(mayHaveChanged, Effect.interruptible(leaveOf(waiter))).pipe(
        Effect.onError(() =>
          Effect.suspend(() => {
            gate.withdraw(waiter)
            return waiter.admitted
              ? Effect.andThen(report({ _tag: "None" }, waiter.patience.probe), release)
              : mayHaveChanged
          })
        )
      )
    })

  const breaker: Breaker<Reason> = {
    status: Effect.sync(() => statusOf(gate.breaker, clock.currentTimeMillisUnsafe())),
    pass: (patience, use) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(entered(patience), (probe) => {
          let said = false
          // Whole or not at all: a breaker that opens without its timer would never close.
          const once = (sign: Sign<Reason>) =>
            Effect.uninterruptible(
              Effect.suspend(() => {
                if (said) return Effect.void
                said = true
                return report(sign, probe)
              })
            )
          const pass: Pass<Reason> = { probe, report: once }
          return Effect.ensuring(
            restore(use(pass)),
            Effect.suspend(() => (said ? release : Effect.andThen(once({ _tag: "None" }), release)))
          )
        })
      )
  }
  return { breaker, gate }
})
