import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { notBuilt } from "./RunningService.ts"

/** CONTRACT `/api/operations`: begin, list, show, stop. */
export const OperationsRoutes = HttpApiBuilder.group(OperatorApi, "operations", (handlers) =>
  handlers.handleAll({ begin: notBuilt, list: notBuilt, show: notBuilt, stop: notBuilt })
)
