import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { notBuilt } from "./RunningService.ts"

/** CONTRACT `POST /api/customers/export`. */
export const CustomersRoutes = HttpApiBuilder.group(OperatorApi, "customers", (handlers) =>
  handlers.handleAll({ export: notBuilt })
)
