import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { notBuilt } from "./RunningService.ts"

/** CONTRACT `POST /api/communications/{id}/retry`. */
export const RetryRoutes = HttpApiBuilder.group(OperatorApi, "retry", (handlers) =>
  handlers.handleAll({ retry: notBuilt })
)
