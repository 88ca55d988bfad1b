import { Effect, Layer } from "effect"

import type { OutageReason, WeniReason } from "../../domain/vendor/failureReasons.ts"
import { Breakers } from "../../services/Breakers.ts"
import { Settings } from "../../services/Settings.ts"
import { makeBreaker } from "./makeBreaker.ts"

const make = Effect.gen(function* () {
  const { breaker: limits, retry, serviceNow, weni } = yield* Settings
  return Breakers.of({
    servicenow: yield* makeBreaker<OutageReason>({
      dependency: "servicenow",
      concurrency: serviceNow.concurrency,
      limits,
      retry
    }),
    weni: yield* makeBreaker<WeniReason>({ dependency: "weni", concurrency: weni.concurrency, limits, retry })
  })
})

/** `Breakers` of this process alone: each replica detects an outage by itself. */
export const BreakersInProcess = Layer.effect(Breakers, make)
