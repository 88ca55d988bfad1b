import { Clock, Deferred, Effect, Latch, FiberHandle, Metric } from "effect"

import type { CircuitState, CallOutcome } from "../../domain/vendor/breaker.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import {
  CircuitOpenTimeout,
  type WaitBudget,
  CallDeadline,
  type BreakerStatus,
  CurrentBeginning,
  type Breaker,
  HasBegun,
  type Pass
} from "../../services/Breakers.ts"
import type { BreakerSettings } from "../../services/Settings.ts"
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

/** How a call waits for its leave; the leave says whether it is the probe. */
const makePermit = <Reason>({ clock, closed, bulkhead, maxWait, opened }: PermitOptions<Reason>) => {
  /** Fails when the breaker has been open for too long; a wait for a slot alone does not count. */
  const waitBudgetEnds = Effect.fnUntraced(function* (
    waitBudget: WaitBudget
  ): Effect.fn.Return<never, CircuitOpenTimeout<Reason>> {
    const wantedUntil = yield* CallDeadline
    for (;;) {
      yield* opened.await
      const began = clock.currentTimeMillisUnsafe()
      const left = Math.min(maxWait - waitBudget.waited, wantedUntil - began)
      yield* Effect.raceFirst(closed.await, Effect.sleep(Math.max(0, left))).pipe(
        Effect.ensuring(Effect.sync(() => (waitBudget.waited += clock.currentTimeMillisUnsafe() - began)))
      )
      const { breaker } = bulkhead
      if (breaker._tag === "Closed" || clock.currentTimeMillisUnsafe() - began < left) continue
      return yield* Effect.fail(new CircuitOpenTimeout(breaker.reason))
    }
  })

  /** While the breaker is closed a call waits for its slot alone: that takes no fibers. */
  const permitOf = (waiter: Waiter): Effect.Effect<boolean, CircuitOpenTimeout<Reason>> =>
    Effect.suspend(() => {
      const permit = Deferred.await(waiter.permit)
      return Effect.flatMap(
        bulkhead.breaker._tag === "Closed" ? permit : Effect.raceFirst(permit, waitBudgetEnds(waiter.waitBudget)),
        (said) => (said === "opened" ? permitOf(waiter) : Effect.succeed(said))
      )
    })

  return permitOf
}

/** A reason that can be told without anybody's words (SPEC 9.6). */
export type ReportableReason = Parameters<typeof reasonText>[0]

/** For operators: the opening, each probe and its end. */
const logChange = (dependency: string, { after, before }: Change<ReportableReason>, now: number) => {
  const named = `circuit breaker of ${dependency}`
  if (after._tag === "Closed") {
    return before._tag === "Closed"
      ? Effect.void
      : Effect.logInfo(`${named}: closed after ${now - before.since} ms, calls and the intake go on`)
  }
  if (after._tag === "HalfOpen") {
    return before._tag === "Open" ? Effect.logInfo(`${named}: one call is let through as a probe`) : Effect.void
  }
  const next = `${reasonText(after.reason)}, a probe in ${after.until - now} ms`
  if (before._tag === "Closed") return Effect.logWarning(`${named}: open, its calls and the intake wait: ${next}`)
  return before._tag === "HalfOpen" ? Effect.logWarning(`${named}: the probe failed: ${next}`) : Effect.void
}

/** What `GET /health/ready` tells. */
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
  /** Run after everything that may have changed the gate's `admission`. */
  readonly changed: Effect.Effect<void>
}

/** The breaker of one vendor, and the gate behind it. */
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

  /** An open breaker lets a probe through when its time has come. Whole or not at all: nothing else would set its timer. */
  const follow = Effect.fnUntraced(function* (change: Change<Reason>): Effect.fn.Return<void> {
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
    // As it is by now: a probe may have ended while this was told.
    yield* Metric.update(metric, bulkhead.breaker._tag === "Closed" ? 0 : 1)
    yield* logChange(dependency, change, clock.currentTimeMillisUnsafe())
    if (bulkhead.breaker._tag === "Open") yield* FiberHandle.run(timer, untilElapsed)
  }, Effect.uninterruptible)

  /** Ends when the breaker is no longer open: its time may be moved, a timer may fire early, and the clock be set back. */
  const untilElapsed = Effect.gen(function* (): Effect.fn.Return<void> {
    for (;;) {
      const { breaker } = bulkhead
      if (breaker._tag !== "Open") return
      const left = breaker.until - clock.currentTimeMillisUnsafe()
      if (left <= 0) return yield* follow(bulkhead.elapse(clock.currentTimeMillisUnsafe()))
      yield* Effect.sleep(left)
    }
  })

  /** While it is closed all are let in, whatever comes and goes. */
  const mayHaveChanged = Effect.suspend(() => (bulkhead.breaker._tag === "Closed" ? Effect.void : changed))

  const report = (outcome: CallOutcome<Reason>, probe: boolean) =>
    Effect.suspend(() => {
      const change = bulkhead.report(outcome, probe, clock.currentTimeMillisUnsafe())
      return change.before === change.after && change.after._tag === "Closed" ? Effect.void : follow(change)
    })

  const release = Effect.suspend(() => {
    bulkhead.release()
    return mayHaveChanged
  })

  const entered = (waitBudget: WaitBudget) =>
    Effect.withFiber((fiber) => {
      const waiter = bulkhead.enter(waitBudget, fiber.getRef(HasBegun), fiber.getRef(CurrentBeginning))
      if (waiter.admitted) return Effect.as(mayHaveChanged, waitBudget.probe)
      return Effect.andThen(mayHaveChanged, Effect.interruptible(permitOf(waiter))).pipe(
        Effect.onError(() =>
          Effect.suspend(() => {
            bulkhead.withdraw(waiter)
            return waiter.admitted
              ? Effect.andThen(report({ _tag: "None" }, waiter.waitBudget.probe), release)
              : mayHaveChanged
          })
        )
      )
    })

  const breaker: Breaker<Reason> = {
    status: Effect.sync(() => statusOf(bulkhead.breaker, clock.currentTimeMillisUnsafe())),
    pass: (waitBudget, use) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(entered(waitBudget), (probe) => {
          let said = false
          // Whole or not at all: a breaker that opens without its timer would never close.
          const once = (outcome: CallOutcome<Reason>) =>
            Effect.uninterruptible(
              Effect.suspend(() => {
                if (said) return Effect.void
                said = true
                return report(outcome, probe)
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
  return { breaker, bulkhead }
})
