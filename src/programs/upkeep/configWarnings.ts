import { Effect } from "effect"

import { Settings } from "../../services/Settings.ts"

const sysId = /^[0-9a-f]{32}$/

/** By default a ServiceNow instance aborts a request after this many milliseconds. */
const instanceLimit = 60_000

/** Warns at start about settings that are legal and most likely not intended (SPEC 3.3, 4.3). */
export const configWarnings = Effect.gen(function* () {
  const { serviceNow, unused } = yield* Settings
  for (const name of unused) yield* Effect.logWarning(`${name} is set and no longer used`)
  if (!sysId.test(serviceNow.guestConsumer)) {
    yield* Effect.logWarning(
      "SERVICENOW_GUEST_CONSUMER is no sys_id (32 hexadecimal digits): Cases of unknown customers may be refused or left without a consumer"
    )
  }
  if (serviceNow.timeout <= instanceLimit) {
    yield* Effect.logWarning(
      `SERVICENOW_TIMEOUT is ${serviceNow.timeout} ms: below the instance's own limit (60 s by default) a Case may still be created after we stopped looking for it`
    )
  }
})
