import { Clock, Deferred, Effect, Latch, FiberHandle, Metric } from "effect"

import type { CircuitState, CallOutcome } from "../../domain/vendor/breaker.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import {
  CircuitOpenTimeout,
  type WaitBudget,
  CallDeadline,
  type BreakerStatus,
  type Breaker,
  type Pass
} from "../../services/Breakers.ts"
import type { BreakerSettings } from "../../services/Settings.ts"
import { CurrentStartPermit } from "../../services/StartPermit.ts"
import { gauges } from "../../telemetry/metrics.ts"
import { Bulkhead, type Waiter, type Change } from "./Bulkhead.ts"

interface PermitOptions<Reason> {
  readonly bulkhead: Bulkhead<Reason>
  /** Open while the breaker is not closed. */
  readonly opened: Latch.Latch
  /** Open while the breaker is closed. */
  readonly closed: Latch.Latch
  readonly clock: Clock.Clock
  /** BREAKER_MAX_WAIT, milliseconds. */
  readonly maxWait: number
}

/** How a call waits for its permit. The permit states whether the call is the probe. */
const makePermit = <Reason>({ clock, closed, bulkhead, maxWait, opened }: PermitOptions<Reason>) => {
  /** Fails when the breaker has been open for too long. Waiting for a slot alone does not count. */
  const waitBudgetEnds = Effect.fnUntraced(function* (
    waitBudget: WaitBudget
  ): Effect.fn.Return<never, CircuitOpenTimeout<Reason>> {
    const deadline = yield* CallDeadline
    for (;;) {
      yield* opened.await
      const startedAt = clock.currentTimeMillisUnsafe()
      const remaining = Math.min(maxWait - waitBudget.waited, deadline - startedAt)
      yield* Effect.raceFirst(closed.await, Effect.sleep(Math.max(0, remaining))).pipe(
        Effect.ensuring(Effect.sync(() => (waitBudget.waited += clock.currentTimeMillisUnsafe() - startedAt)))
      )
      const { breaker } = bulkhead
      if (breaker._tag === "Closed" || clock.currentTimeMillisUnsafe() - startedAt < remaining) continue
      return yield* Effect.fail(new CircuitOpenTimeout(breaker.reason))
    }
  })

  /** While the breaker is closed, a call waits only for its slot, which takes no extra fibers. */
  const permitOf = (waiter: Waiter): Effect.Effect<boolean, CircuitOpenTimeout<Reason>> =>
    Effect.suspend(() => {
      const permit = Deferred.await(waiter.permit)
      return Effect.flatMap(
        bulkhead.breaker._tag === "Closed" ? permit : Effect.raceFirst(permit, waitBudgetEnds(waiter.waitBudget)),
        (result) => (result === "opened" ? permitOf(waiter) : Effect.succeed(result))
      )
    })

  return permitOf
}

/** A reason that can be reported without an API's own words (SPEC 9.6). */
export type ReportableReason = Parameters<typeof reasonText>[0]

/** Logs for operators: the opening, each probe and its result. */
const logChange = (dependency: string, { after, before }: Change<ReportableReason>, now: number) => {
  const subject = `circuit breaker of ${dependency}`
  if (after._tag === "Closed") {
    return before._tag === "Closed"
      ? Effect.void
      : Effect.logInfo(`${subject}: closed after ${now - before.since} ms, calls and the intake go on`)
  }
  if (after._tag === "HalfOpen") {
    return before._tag === "Open" ? Effect.logInfo(`${subject}: one call is let through as a probe`) : Effect.void
  }
  const next = `${reasonText(after.reason)}, a probe in ${after.until - now} ms`
  if (before._tag === "Closed") return Effect.logWarning(`${subject}: open, its calls and the intake wait: ${next}`)
  return before._tag === "HalfOpen" ? Effect.logWarning(`${subject}: the probe failed: ${next}`) : Effect.void
}

/** The status that `GET /health/ready` reports. */
const statusOf = (breaker: CircuitState<ReportableReason>, now: number): BreakerStatus => {
  switch (breaker._tag) {
    case "Closed":
      return { open: false, detail: "closed" }
    case "Open":
      return {
        open: true,
        detail: `open: ${reasonText(breaker.reason)}, a probe in ${Math.max(0, breaker.until - now)} ms`
      }
    case "HalfOpen":
      return {
        open: true,
        detail: `open: ${reasonText(breaker.reason)}, ${breaker.probing ? "a probe is under way" : "a call is awaited as probe"}`
      }
  }
}

export interface BreakerOptions {
  /** The vendor, as metrics and logs call it. */
  readonly dependency: string
  /** Its slots. */
  readonly concurrency: number
  readonly limits: BreakerSettings
  /** Runs after everything that may have changed the bulkhead's `admission`. */
  readonly changed: Effect.Effect<void>
}

/** The breaker of one vendor, and the bulkhead behind it. */
export const makeBreaker = Effect.fnUntraced(function* <Reason extends ReportableReason>(options: BreakerOptions) {
  const { changed, dependency, limits } = options
  const clock = yield* Clock.Clock
  const bulkhead = new Bulkhead<Reason>(options.concurrency, limits)
  const opened = Latch.makeUnsafe(false)
  const closed = Latch.makeUnsafe(true)
  const permitOf = makePermit({ bulkhead, opened, closed, clock, maxWait: limits.maxWait })
  const timer = yield* FiberHandle.make()
  const metric = Metric.withAttributes(gauges.breakerOpen, { dependency })
  yield* Metric.update(metric, 0)

  /**
   * Acts on a change of state. Uninterruptible, because nothing else would start the timer that lets a probe through.
   */
  const applyChange = Effect.fnUntraced(function* (change: Change<Reason>): Effect.fn.Return<void> {
    const { after, before } = change
    if (after._tag === "Closed") {
      opened.closeUnsafe()
      closed.openUnsafe()
    } else {
      closed.closeUnsafe()
      opened.openUnsafe()
      if (before._tag === "Closed") bulkhead.opened()
    }
    yield* changed
    if (before === after) return
    // Read the current state: a probe may have ended while `changed` ran.
    yield* Metric.update(metric, bulkhead.breaker._tag === "Closed" ? 0 : 1)
    yield* logChange(dependency, change, clock.currentTimeMillisUnsafe())
    if (bulkhead.breaker._tag === "Open") yield* FiberHandle.run(timer, untilElapsed)
  }, Effect.uninterruptible)

  /**
   * Waits until the breaker is no longer open. Rechecks: its time may move, a timer may fire early, and the clock may
   * be set back.
   */
  const untilElapsed = Effect.gen(function* (): Effect.fn.Return<void> {
    for (;;) {
      const { breaker } = bulkhead
      if (breaker._tag !== "Open") return
      const remaining = breaker.until - clock.currentTimeMillisUnsafe()
      if (remaining <= 0) return yield* applyChange(bulkhead.elapse(clock.currentTimeMillisUnsafe()))
      yield* Effect.sleep(remaining)
    }
  })

  /** A closed breaker admits every record, whichever waiters come and go. */
  const notifyUnlessClosed = Effect.suspend(() => (bulkhead.breaker._tag === "Closed" ? Effect.void : changed))

  const report = (outcome: CallOutcome<Reason>, probe: boolean) =>
    Effect.suspend(() => {
      const change = bulkhead.report(outcome, probe, clock.currentTimeMillisUnsafe())
      return change.before === change.after && change.after._tag === "Closed" ? Effect.void : applyChange(change)
    })

  const release = Effect.suspend(() => {
    bulkhead.release()
    return notifyUnlessClosed
  })

  const enter = (waitBudget: WaitBudget) =>
    Effect.withFiber((fiber) => {
      const waiter = bulkhead.enter(waitBudget, !fiber.getRef(CurrentStartPermit).held)
      if (waiter.admitted) return Effect.as(notifyUnlessClosed, waitBudget.probe)
      return Effect.andThen(notifyUnlessClosed, Effect.interruptible(permitOf(waiter))).pipe(
        Effect.onError(() =>
          Effect.suspend(() => {
            bulkhead.withdraw(waiter)
            return waiter.admitted
              ? Effect.andThen(report({ _tag: "None" }, waiter.waitBudget.probe), release)
              : notifyUnlessClosed
          })
        )
      )
    })

  const breaker: Breaker<Reason> = {
    status: Effect.sync(() => statusOf(bulkhead.breaker, clock.currentTimeMillisUnsafe())),
    pass: (waitBudget, use) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(enter(waitBudget), (probe) => {
          let reported = false
          // Uninterruptible: a breaker that opens without its timer would never close.
          const reportOnce = (outcome: CallOutcome<Reason>) =>
            Effect.uninterruptible(
              Effect.suspend(() => {
                if (reported) return Effect.void
                reported = true
                return report(outcome, probe)
              })
            )
          const pass: Pass<Reason> = { probe, report: reportOnce }
          return Effect.ensuring(
            restore(use(pass)),
            Effect.suspend(() => (reported ? release : Effect.andThen(reportOnce({ _tag: "None" }), release)))
          )
        })
      )
  }
  return { breaker, bulkhead }
})
