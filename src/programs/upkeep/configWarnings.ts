import { Effect } from "effect"

import { Journeys } from "../../services/Journeys.ts"
import { Settings } from "../../services/Settings.ts"

const sysId = /^[0-9a-f]{32}$/

/** By default a ServiceNow instance aborts a request after this many milliseconds. */
const instanceLimit = 60_000

/** Milliseconds for the last byte to reach the instance, and for the written row to be found. */
const margin = 5000

/** Warns at start about settings that are legal but most likely not intended (SPEC 3.3, 4.3). */
export const configWarnings = Effect.gen(function* () {
  const { kafka, serviceNow, warnings } = yield* Settings
  for (const warning of warnings) yield* Effect.logWarning(warning)
  if (kafka.sasl !== undefined && !kafka.ssl) {
    yield* Effect.logWarning(
      "KAFKA_SASL_* without KAFKA_SSL: the credentials and all records go over the network in clear text"
    )
  }
  if (!sysId.test(serviceNow.guestConsumer)) {
    yield* Effect.logWarning(
      "SERVICENOW_GUEST_CONSUMER is not a sys_id (32 hexadecimal digits): Cases of unknown customers may be refused or left without a consumer"
    )
  }
  // Connecting does not count: the time-out, and the search after it, begin later.
  if (serviceNow.timeout < instanceLimit + margin) {
    yield* Effect.logWarning(
      `SERVICENOW_TIMEOUT is ${serviceNow.timeout} ms: below the instance's own limit (60 s by default) and 5 s a Case may still be created after we stopped looking for it`
    )
  }
})

/** Warns at start about journeys that are legal but most likely not intended (SPEC 8.8). */
export const journeyWarnings = Effect.gen(function* () {
  const { all } = yield* Journeys
  const lacking = all.filter(({ resolutionCode }) => resolutionCode === undefined)
  yield* Effect.forEach(lacking, ({ name }) =>
    Effect.logWarning(
      `journey ${name} has no resolutionCode: an instance whose data policy requires a resolution_code refuses to close its Cases`
    )
  )
})
