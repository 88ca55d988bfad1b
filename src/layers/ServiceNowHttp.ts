import { Effect, Layer } from "effect"

import { ServiceNow } from "../services/ServiceNow.ts"
import { Settings } from "../services/Settings.ts"
import { makeAttempt } from "./servicenow/attempt.ts"
import { makeCreateConsumer } from "./servicenow/createConsumer.ts"
import { makeFindConsumer } from "./servicenow/findConsumer.ts"
import { makeOpenCase } from "./servicenow/openCase.ts"
import { makeReadCase } from "./servicenow/readCase.ts"
import { makeUpdateCase } from "./servicenow/updateCase.ts"

const make = Effect.gen(function* () {
  const settings = yield* Settings
  const attempt = yield* makeAttempt
  return ServiceNow.of({
    findConsumer: makeFindConsumer(attempt, settings),
    createConsumer: makeCreateConsumer(attempt, settings),
    openCase: makeOpenCase(attempt, settings),
    readCase: makeReadCase(attempt, settings),
    updateCase: makeUpdateCase(attempt, settings)
  })
})

/** `ServiceNow` on its Table API (SPEC 3, 4, 6.2, 8.2). */
export const ServiceNowHttp = Layer.effect(ServiceNow, make)
