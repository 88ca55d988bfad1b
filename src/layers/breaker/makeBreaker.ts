import { Clock, Deferred, Effect, FiberHandle, Metric, Random, SubscriptionRef } from "effect"

import { monotonicNow } from "../../domain/values/monotonicTime.ts"
import type { CircuitState, CallOutcome } from "../../domain/vendor/breaker.ts"
import { type Pace, rateOf } from "../../domain/vendor/pace.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import type { RetrySettings } from "../../domain/vendor/retryDelay.ts"
import {
  CircuitOpen,
  type CallState,
  CallDeadline,
  type BreakerStatus,
  type Breaker,
  type Pass,
  type Way
} from "../../services/Breakers.ts"
import type { BreakerSettings } from "../../services/Settings.ts"
import { CurrentStartPermit } from "../../services/StartPermit.ts"
import { gauges } from "../../telemetry/metrics.ts"
import { Bulkhead, type Change } from "./Bulkhead.ts"
import type { Waiter } from "./WaitQueue.ts"

/** Milliseconds for which a call waits while the way is shut. */
const inPlace = 5000

/** How a call waits for its permit. The permit states whether the call is the probe. */
const makePermit = <Reason>(bulkhead: Bulkhead<Reason>, clock: Clock.Clock) => {
  /**
   * When a call that waits during this outage gives up, monotonic milliseconds. All attempts of its operation share the
   * wait.
   */
  const giveUpAt = (callState: CallState, outage: number, now: number): number => {
    if (callState.waiting?.outage !== outage) callState.waiting = { outage, since: now }
    return callState.waiting.since + inPlace
  }

  const permitOf = (waiter: Waiter, deadline: number): Effect.Effect<boolean, CircuitOpen<Reason>> =>
    Effect.suspend(() => {
      const { breaker } = bulkhead
      const permit = Deferred.await(waiter.permit)
      const orWaitAgain = (result: boolean | "changed") =>
        result === "changed" ? permitOf(waiter, deadline) : Effect.succeed(result)
      // A call waits only for its slot, which takes no extra fibers.
      if (breaker._tag === "Closed" || waiter.admitted) return Effect.flatMap(permit, orWaitAgain)
      const now = monotonicNow(clock)
      const end = giveUpAt(waiter.callState, breaker.since, now)
      const remaining = Math.min(end - now, deadline - clock.currentTimeMillisUnsafe())
      if (remaining <= 0 || (breaker._tag === "Open" && breaker.until > end)) {
        return Effect.fail(new CircuitOpen(breaker.reason))
      }
      return Effect.flatMap(
        Effect.raceFirst(permit, Effect.as(Effect.sleep(Math.ceil(remaining)), "changed" as const)),
        orWaitAgain
      )
    })

  return permitOf
}

/** A reason that can be reported without an API's own words (SPEC 9.6). */
export type ReportableReason = Parameters<typeof reasonText>[0]

/** How often calls may begin now. */
const paceText = (pace: Pace | undefined) => (pace === undefined ? "" : ` at ${rateOf(pace).toFixed(1)} per second`)

/** Logs for operators: the opening, each probe and its result. */
const logChange = (
  dependency: string,
  { after, before }: Change<ReportableReason>,
  { now, pace }: { readonly now: number; readonly pace: Pace | undefined }
) => {
  const subject = `circuit breaker of ${dependency}`
  if (after._tag === "Closed") {
    return before._tag === "Closed"
      ? Effect.void
      : Effect.logInfo(`${subject}: closed after ${Math.round(now - before.since)} ms, calls resume${paceText(pace)}`)
  }
  if (after._tag === "HalfOpen") {
    return before._tag === "Open"
      ? Effect.logInfo(`${subject}: half-open, one call goes through as a probe`)
      : Effect.void
  }
  const next = `${reasonText(after.reason)}, a probe in ${Math.ceil(after.until - now)} ms`
  if (before._tag === "Closed") return Effect.logWarning(`${subject}: open, calls are held back: ${next}`)
  return before._tag === "HalfOpen" ? Effect.logWarning(`${subject}: the probe failed: ${next}`) : Effect.void
}

/** The status that `GET /health/ready` reports. */
const statusOf = (breaker: CircuitState<ReportableReason>, pace: Pace | undefined, now: number): BreakerStatus => {
  switch (breaker._tag) {
    case "Closed":
      return { open: false, detail: pace === undefined ? "closed" : `closed, calls begin${paceText(pace)}` }
    case "Open":
      return {
        open: true,
        detail: `open: ${reasonText(breaker.reason)}, a probe in ${Math.max(0, Math.ceil(breaker.until - now))} ms`
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
  readonly retry: RetrySettings
}

/** The breaker of one vendor, with the bulkhead behind it. */
export const makeBreaker = Effect.fnUntraced(function* <Reason extends ReportableReason>(options: BreakerOptions) {
  const { dependency } = options
  const clock = yield* Clock.Clock
  const now = () => monotonicNow(clock)
  const bulkhead = new Bulkhead<Reason>({ ...options, now })
  const permitOf = makePermit(bulkhead, clock)
  const timer = yield* FiberHandle.make()
  const paceTimer = yield* FiberHandle.make()
  let pacing = false
  const way = yield* SubscriptionRef.make<Way>("open")
  const metric = Metric.withAttributes(gauges.breakerOpen, { dependency })
  yield* Metric.update(metric, 0)

  /** Runs after everything that may have changed the bulkhead's `way`. */
  const publishWay = Effect.suspend(() =>
    bulkhead.way === SubscriptionRef.getUnsafe(way) ? Effect.void : SubscriptionRef.set(way, bulkhead.way)
  )

  /**
   * Acts on a change of state. Uninterruptible, because nothing else would start the timer that lets a probe through.
   */
  const applyChange = Effect.fnUntraced(function* (change: Change<Reason>): Effect.fn.Return<void> {
    yield* publishWay
    if (change.before === change.after) return
    // Read the current state: a probe may have ended while the way was published.
    yield* Metric.update(metric, bulkhead.breaker._tag === "Closed" ? 0 : 1)
    yield* logChange(dependency, change, { now: now(), pace: bulkhead.throttle.pace })
    if (bulkhead.breaker._tag === "Open") yield* FiberHandle.run(timer, untilElapsed)
  }, Effect.uninterruptible)

  /** Waits until the breaker is no longer open. Rechecks: its time may move, and a timer may fire early. */
  const untilElapsed = Effect.gen(function* (): Effect.fn.Return<void> {
    for (;;) {
      const { breaker } = bulkhead
      if (breaker._tag !== "Open") return
      const remaining = breaker.until - now()
      if (remaining <= 0) return yield* applyChange(bulkhead.elapse())
      yield* Effect.sleep(Math.ceil(remaining))
    }
  })

  /** Admits one call after the other, for as long as calls wait for the pace. */
  const keepPace: Effect.Effect<void> = Effect.suspend(() => {
    bulkhead.pump()
    const { pumpAt } = bulkhead
    if (pumpAt !== undefined) return Effect.andThen(Effect.sleep(Math.max(1, Math.ceil(pumpAt - now()))), keepPace)
    pacing = false
    return Effect.void
  })

  /**
   * Runs after calls have come or gone. The way of a closed breaker stays open, but its calls may have to wait for the
   * pace.
   */
  const settle = Effect.suspend(() => {
    if (bulkhead.breaker._tag !== "Closed") return publishWay
    if (pacing || bulkhead.pumpAt === undefined) return Effect.void
    pacing = true
    return FiberHandle.run(paceTimer, keepPace)
  })

  const report = (outcome: CallOutcome<Reason>, waiter: Waiter) =>
    Effect.withFiber((fiber) => {
      const change = bulkhead.report(outcome, waiter, fiber.getRef(Random.Random).nextDoubleUnsafe())
      const same = change.before === change.after && change.after._tag === "Closed"
      return same ? Effect.void : Effect.andThen(applyChange(change), settle)
    })

  const release = Effect.suspend(() => {
    bulkhead.release()
    return settle
  })

  const enter = (callState: CallState) =>
    Effect.withFiber((fiber) => {
      const waiter = bulkhead.enter(callState, fiber.getRef(CurrentStartPermit))
      if (waiter.admitted) return Effect.as(settle, waiter)
      const permit = Effect.as(permitOf(waiter, fiber.getRef(CallDeadline)), waiter)
      return Effect.andThen(settle, Effect.interruptible(permit)).pipe(
        Effect.onError(() =>
          Effect.suspend(() => {
            bulkhead.withdraw(waiter)
            return waiter.admitted ? Effect.andThen(report({ _tag: "None" }, waiter), release) : settle
          })
        )
      )
    })

  const breaker: Breaker<Reason> = {
    way: () => bulkhead.way,
    ways: SubscriptionRef.changes(way),
    answeredSince: (moment) => bulkhead.answeredSince(moment),
    halfOpen: Effect.suspend(() => Effect.andThen(applyChange(bulkhead.halfOpen()), settle)),
    status: Effect.sync(() => statusOf(bulkhead.breaker, bulkhead.throttle.pace, now())),
    pass: (callState, use) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(enter(callState), (waiter) => {
          let reported = false
          // Uninterruptible: a breaker that opens without its timer would never close.
          const reportOnce = (outcome: CallOutcome<Reason>) =>
            Effect.uninterruptible(
              Effect.suspend(() => {
                if (reported) return Effect.void
                reported = true
                return report(outcome, waiter)
              })
            )
          const pass: Pass<Reason> = { probe: callState.probe, report: reportOnce }
          return Effect.ensuring(
            restore(use(pass)),
            Effect.suspend(() => (reported ? release : Effect.andThen(reportOnce({ _tag: "None" }), release)))
          )
        })
      )
  }
  return breaker
})
