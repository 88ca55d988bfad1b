import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { notBuilt } from "./RunningService.ts"

/** CONTRACT `GET /api/overview`. */
export const OverviewRoutes = HttpApiBuilder.group(OperatorApi, "overview", (handlers) =>
  handlers.handleAll({ overview: notBuilt })
)
