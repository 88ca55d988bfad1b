import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { notBuilt } from "./RunningService.ts"

/** CONTRACT `/api/communications`: list, search, show, reveal, decide. */
export const CommunicationsRoutes = HttpApiBuilder.group(OperatorApi, "communications", (handlers) =>
  handlers.handleAll({ list: notBuilt, search: notBuilt, show: notBuilt, reveal: notBuilt, decide: notBuilt })
)
