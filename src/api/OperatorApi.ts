import { HttpApi, OpenApi } from "effect/http-api"

import { OperatorOnly } from "./access.ts"
import { CommunicationsApi, RetryApi } from "./communications.ts"
import { CustomersApi } from "./customers.ts"
import { DeadLettersApi, ParkedApi } from "./deadLetters.ts"
import { JourneysApi } from "./journeys.ts"
import { OperationsApi } from "./operations.ts"
import { AuditApi, BreakersApi, OverviewApi } from "./overview.ts"
import { SessionApi } from "./session.ts"

/**
 * The operator's HTTP API (CONTRACT "HTTP"). Times are epoch milliseconds, and unknown values are left out. A request
 * with a field that the contract lacks is rejected, because a misspelt filter would select everything.
 */
export const OperatorApi = HttpApi.make("operator")
  .add(
    OverviewApi,
    CommunicationsApi,
    RetryApi,
    OperationsApi,
    DeadLettersApi,
    ParkedApi,
    AuditApi,
    BreakersApi,
    JourneysApi,
    CustomersApi,
    SessionApi
  )
  .middleware(OperatorOnly)
  .annotate(HttpApi.QueryParseOptions, { onExcessProperty: "error", errors: "all" })
  .annotate(HttpApi.PayloadParseOptions, { onExcessProperty: "error", errors: "all" })
  .annotate(OpenApi.Title, "brom-ctx")
  .annotate(OpenApi.Description, "The operator's API of brom-ctx: find, understand and repair communications.")
