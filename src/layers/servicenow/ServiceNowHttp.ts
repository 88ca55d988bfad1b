import { Effect, Layer } from "effect"

import { ServiceNow } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { makeAttempt } from "./attempt.ts"
import { makeConsumerTable, makeCreateConsumer, makeFindConsumer, makeProbeConsumer } from "./consumers.ts"
import { makeOpenCase, makeSeekCase, makeShowsCase } from "./openCase.ts"
import { makeReadCase } from "./readCase.ts"
import { makeUpdateCase } from "./updateCase.ts"

const make = Effect.gen(function* () {
  const settings = yield* Settings
  const attempt = yield* makeAttempt
  const consumers = makeConsumerTable(settings)
  return ServiceNow.of({
    findConsumer: makeFindConsumer(attempt, settings, consumers),
    createConsumer: makeCreateConsumer(attempt, settings, consumers),
    probeConsumer: makeProbeConsumer(attempt, settings, consumers),
    openCase: makeOpenCase(attempt, settings),
    seekCase: makeSeekCase(attempt, settings),
    showsCase: makeShowsCase(attempt, settings),
    readCase: makeReadCase(attempt, settings),
    updateCase: makeUpdateCase(attempt, settings)
  })
})

/** `ServiceNow` on its Table API (SPEC 3, 4, 6.2, 8.2). */
export const ServiceNowHttp = Layer.effect(ServiceNow, make)
