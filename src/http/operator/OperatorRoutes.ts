import { Layer } from "effect"
import { HttpApiBuilder, OpenApi } from "effect/http-api"

import manifest from "../../../package.json" with { type: "json" }
import { OperatorApi } from "../../api/OperatorApi.ts"
import { AuditRoutes } from "./audit.ts"
import { AuthenticationBySettings } from "./Authentication.ts"
import { BreakersRoutes } from "./breakers.ts"
import { CommunicationsRoutes } from "./communications.ts"
import { CustomersRoutes } from "./customers.ts"
import { DeadLettersRoutes } from "./deadLetters.ts"
import { OperatorGuard } from "./guard.ts"
import { JourneysRoutes } from "./journeys.ts"
import { OperationsRoutes } from "./operations.ts"
import { OverviewRoutes } from "./overview.ts"
import { ParkedRoutes } from "./parked.ts"
import { RetryRoutes } from "./retry.ts"
import { SessionRoutes } from "./session.ts"

/** The operator's API (CONTRACT "HTTP"): one file of handlers for each group of the contract. */
export const OperatorRoutes = HttpApiBuilder.layer(OperatorApi.annotate(OpenApi.Version, manifest.version), {
  openapiPath: "/openapi.json"
}).pipe(
  Layer.provide([
    OverviewRoutes,
    CommunicationsRoutes,
    RetryRoutes,
    OperationsRoutes,
    DeadLettersRoutes,
    ParkedRoutes,
    AuditRoutes,
    BreakersRoutes,
    JourneysRoutes,
    CustomersRoutes,
    SessionRoutes
  ]),
  Layer.provide(OperatorGuard),
  Layer.provide(AuthenticationBySettings)
)
