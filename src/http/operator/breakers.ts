import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { notBuilt } from "./RunningService.ts"

/** CONTRACT `POST /api/breakers/{vendor}`. */
export const BreakersRoutes = HttpApiBuilder.group(OperatorApi, "breakers", (handlers) =>
  handlers.handleAll({ close: notBuilt })
)
