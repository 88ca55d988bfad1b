import { Effect } from "effect"

import { serveSimulator } from "../../../simulators/core/serveSimulator.ts"
import { guestSysId, instances } from "../../../simulators/servicenow/instances.ts"
import type { ServiceNowSettings } from "../../../simulators/servicenow/options.ts"
import { makeServiceNowSimulator } from "../../../simulators/servicenow/ServiceNowSimulator.ts"
import { makeWeniSimulator } from "../../../simulators/weni/WeniSimulator.ts"

/** Both simulators over HTTP, and the service's settings for them. */
const startVendorsAs = Effect.fnUntraced(function* (settings: ServiceNowSettings) {
  const serviceNow = yield* makeServiceNowSimulator({ nextCaseNumber: 1005, ...settings })
  const weni = yield* makeWeniSimulator()
  const serviceNowServer = yield* serveSimulator(serviceNow, { port: 0 })
  const weniServer = yield* serveSimulator(weni, { port: 0 })
  return {
    serviceNow,
    weni,
    environment: {
      SERVICENOW_URL: serviceNowServer.url,
      SERVICENOW_USERNAME: "integration",
      SERVICENOW_PASSWORD: "not-logged-1",
      WENI_URL: weniServer.url,
      WENI_API_KEY: "not-logged-2",
      WENI_API_SECRET: "not-logged-3",
      WENI_TIMEOUT: "2 seconds",
      RETRY_BASE_DELAY: "50 millis",
      SHUTDOWN_GRACE: "10 seconds"
    }
  }
})

export const startVendors = startVendorsAs({})

/** A strict instance, as a customer's own may be, whose rate limit admits the thousands of requests of a test. */
export const startStrictVendors = Effect.gen(function* () {
  const { consumers, options } = instances.strict
  const { environment, ...vendors } = yield* startVendorsAs({
    ...options,
    consumers,
    rateLimit: { requests: 600, seconds: 1 }
  })
  return { ...vendors, environment: { ...environment, SERVICENOW_GUEST_CONSUMER: guestSysId } }
})
