import { Effect } from "effect"

import { serveSimulator } from "../../../simulators/core/serveSimulator.ts"
import { makeServiceNowSimulator } from "../../../simulators/servicenow/ServiceNowSimulator.ts"
import { makeWeniSimulator } from "../../../simulators/weni/WeniSimulator.ts"

/** Both simulators over HTTP, and the service's settings for them. */
export const startVendors = Effect.gen(function* () {
  const serviceNow = yield* makeServiceNowSimulator({ nextCaseNumber: 1005 })
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
