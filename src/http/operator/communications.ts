import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { decide } from "./decide.ts"
import { notBuilt } from "./RunningService.ts"
import { list, search } from "./search.ts"

/** CONTRACT `/api/communications`: list, search, show, reveal, decide. */
export const CommunicationsRoutes = HttpApiBuilder.group(OperatorApi, "communications", (handlers) =>
  handlers.handleAll({ list, search, show: notBuilt, reveal: notBuilt, decide })
)
