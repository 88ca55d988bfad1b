import { Clock, Deferred, Effect, Latch, FiberHandle, Metric } from "effect"

import type { Breaker as CircuitState, Sign } from "../../domain/vendor/breaker.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import {
  GivenUp,
  type Patience,
  WantedUntil,
  type BreakerStatus,
  CurrentBeginning,
  type Breaker,
  HasBegun,
  type Pass
} from "../../services/Breakers.ts"
import type { BreakerSettings } from "../../services/Settings.ts"
import { gauges } from "../../telemetry/metrics.ts"
import { Gate, type Waiter, type Change } from "./Bulkhead.ts"

interface LeaveOptions<Reason> {
  readonly gate: Gate<Reason>
  /** Open while the breaker is not closed. */
  readonly opened: Latch.Latch
  /** Open while the breaker is closed. */
  readonly closed: Latch.Latch
  readonly clock: Clock.Clock
  /** BREAKER_MAX_WAIT, milliseconds. */
  readonly maxWait: number
}

/** How a call waits for its leave; the leave says whether it is the probe. */
const makeLeave = <Reason>({ clock, closed, gate, maxWait, opened }: LeaveOptions<Reason>) => {
  /** Fails when the breaker has been open for too long; a wait for a slot alone does not count. */
  const patienceEnds = Effect.fnUntraced(function* (patience: Patience): Effect.fn.Return<never, GivenUp<Reason>> {
    const wantedUntil = yield* WantedUntil
    for (;;) {
      yield* opened.await
      const began = clock.currentTimeMillisUnsafe()
      const left = Math.min(maxWait - patience.waited, wantedUntil - began)
      yield* Effect.raceFirst(closed.await, Effect.sleep(Math.max(0, left))).pipe(
        Effect.ensuring(Effect.sync(() => (patience.waited += clock.currentTimeMillisUnsafe() - began)))
      )
      const { breaker } = gate
      if (breaker._tag === "Closed" || clock.currentTimeMillisUnsafe() - began < left) continue
      return yield* Effect.fail(new GivenUp(breaker.reason))
    }
  })

  /** While the breaker is closed a call waits for its slot alone: that takes no fibers. */
  const leaveOf = (waiter: Waiter): Effect.Effect<boolean, GivenUp<Reason>> =>
    Effect.suspend(() => {
      const leave = Deferred.await(waiter.leave)
      return Effect.flatMap(
        gate.breaker._tag === "Closed" ? leave : Effect.raceFirst(leave, patienceEnds(waiter.patience)),
        (said) => (said === "opened" ? leaveOf(waiter) : Effect.succeed(said))
      )
    })

  return leaveOf
}

/** A reason that can be told without anybody's words (SPEC 9.6). */
export type Named = Parameters<typeof reasonText>[0]

/** For operators: the opening, each probe and its end. */
const logChange = (dependency: string, { after, before }: Change<Named>, now: number) => {
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
const statusOf = (breaker: CircuitState<Named>, now: number): BreakerStatus => {
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
