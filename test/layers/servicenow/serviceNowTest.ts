import { Effect, Fiber, Layer, Random } from "effect"
import { TestClock } from "effect/testing"

import { BreakersInProcess } from "../../../src/layers/breaker/BreakersInProcess.ts"
import { ServiceNowHttp } from "../../../src/layers/servicenow/ServiceNowHttp.ts"
import { Breakers } from "../../../src/services/Breakers.ts"
import type { HttpRequest } from "../../../src/services/Http.ts"
import { json, makeScripted, type Step } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { SettingsTest } from "../../support/settings.ts"

/** The maximum jitter: a backoff waits exactly 500, 1000, 2000 … ms. */
const FullDelay = Layer.succeed(Random.Random, { nextDoubleUnsafe: () => 1, nextIntUnsafe: () => 1 })

export const origin = "https://sn.test"
export const casePath = "/api/now/table/sn_customerservice_case"
export const consumerPath = "/api/now/table/csm_consumer"

/** As if the instance answered another operation after each attempt. */
const AnsweringOthers = Layer.effect(
  Breakers,
  Effect.map(Breakers, (breakers) =>
    Breakers.of({
      ...breakers,
      servicenow: {
        ...breakers.servicenow,
        pass: (callState, use) =>
          breakers.servicenow.pass(callState, (pass) =>
            use({
              ...pass,
              report: (outcome) => Effect.map(pass.report(outcome), () => void (callState.answered = true))
            })
          )
      }
    })
  )
)

/**
 * The operations over ServiceNowHttp on a script, with the settings' defaults. Meanwhile the instance answers other
 * operations, unless the scripted one is `alone`.
 */
export const scripted = (
  script: ReadonlyArray<Step> | ((request: HttpRequest) => Step),
  overrides: Parameters<typeof SettingsTest>[0] = {},
  alone = false
) => {
  const { layer, requests, times } = makeScripted(script)
  const settings = SettingsTest({ ...overrides, serviceNow: { url: origin, ...overrides.serviceNow } })
  return {
    requests,
    times,
    /** Method and path below the instance, without the query. */
    seen: () => requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`),
    layer: Layer.merge(
      Operations.layer.pipe(
        Layer.provide(ServiceNowHttp),
        Layer.provide(alone ? BreakersInProcess : Layer.provide(AnsweringOthers, BreakersInProcess)),
        Layer.provide([layer, settings])
      ),
      FullDelay
    )
  }
}

/** Runs the effect, and moves the clock on until it ends. */
export const inTime = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  for (let step = 0; step < 20_000; step++) {
    yield* TestClock.adjust("100 millis")
    if (fiber.pollUnsafe() !== undefined) break
  }
  return yield* Fiber.join(fiber)
})

export const parameters = (request: HttpRequest | undefined) =>
  Object.fromEntries(new URL(request?.url ?? origin).searchParams)

export const rows = (...result: ReadonlyArray<unknown>) => json(200, { result })

/** A refusal of ServiceNow, in the form of the Table API. */
export const refusal = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  json(status, { error: { message: `message ${status}`, detail: `detail ${status}` }, status: "failure" }, headers)
