import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { notBuilt } from "./RunningService.ts"

/** CONTRACT `GET /api/parked`. */
export const ParkedRoutes = HttpApiBuilder.group(OperatorApi, "parked", (handlers) =>
  handlers.handleAll({ list: notBuilt })
)
