import { Effect, Layer } from "effect"

import { ServiceNow } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { attemptOf, makeAdmit } from "./attempt.ts"
import { createCase, makeLookForCase, makeReadCaseRow, makeReadNotes, patchCase } from "./cases.ts"
import { createConsumer, makeFindConsumers } from "./consumers.ts"
import { makeReadCase } from "./readCase.ts"

const make = Effect.gen(function* () {
  const settings = yield* Settings
  const admit = yield* makeAdmit
  const attempt = attemptOf(admit)
  return ServiceNow.of({
    admit: (attemptState, use) =>
      admit(attemptState, (send) =>
        use({
          createCase: (body) => createCase(send, body),
          createConsumer: (consumer) => createConsumer(send, consumer, settings.serviceNow),
          patchCase: (sysId, body) => patchCase(send, sysId, body)
        })
      ),
    lookForCase: makeLookForCase(attempt),
    readCaseRow: makeReadCaseRow(attempt),
    readCase: makeReadCase(attempt, settings),
    readNotes: makeReadNotes(attempt),
    findConsumers: makeFindConsumers(attempt, settings.serviceNow)
  })
})

/** `ServiceNow` on its Table API. Makes one attempt without retries, at most SERVICENOW_CONCURRENCY at once. */
export const ServiceNowHttp = Layer.effect(ServiceNow, make)
