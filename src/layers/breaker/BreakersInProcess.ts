import { Effect, Layer, SubscriptionRef } from "effect"

import type { OutageReason, WeniReason } from "../../domain/vendor/failureReasons.ts"
import { type Admission, Breakers } from "../../services/Breakers.ts"
import { Settings } from "../../services/Settings.ts"
import { makeBreaker } from "./makeBreaker.ts"

/**
 * Combines both vendors: the stricter admission wins, but one vendor still gets its probe while the other is
 * unavailable.
 */
const both = (admissions: ReadonlyArray<Admission>): Admission =>
  admissions.find((it) => it === "one") ?? admissions.find((it) => it === "none") ?? "all"

const make = Effect.gen(function* () {
  const { breaker: limits, serviceNow, weni } = yield* Settings
  const admission = yield* SubscriptionRef.make<Admission>("all")
  let admissionNow = (): Admission => "all"
  const changed = Effect.suspend(() => {
    const now = admissionNow()
    return now === SubscriptionRef.getUnsafe(admission) ? Effect.void : SubscriptionRef.set(admission, now)
  })
  const serviceNowBreaker = yield* makeBreaker<OutageReason>({
    dependency: "servicenow",
    concurrency: serviceNow.concurrency,
    limits,
    changed
  })
  const weniBreaker = yield* makeBreaker<WeniReason>({
    dependency: "weni",
    concurrency: weni.concurrency,
    limits,
    changed
  })
  admissionNow = () => both([serviceNowBreaker.bulkhead.admission, weniBreaker.bulkhead.admission])
  return Breakers.of({
    servicenow: serviceNowBreaker.breaker,
    weni: weniBreaker.breaker,
    admission: SubscriptionRef.changes(admission)
  })
})

/** `Breakers` of this process alone: each replica detects an outage by itself. */
export const BreakersInProcess = Layer.effect(Breakers, make)
