import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { notBuilt } from "./RunningService.ts"

/** CONTRACT `/api/dead-letters`: list, reveal, redrive. */
export const DeadLettersRoutes = HttpApiBuilder.group(OperatorApi, "deadLetters", (handlers) =>
  handlers.handleAll({ list: notBuilt, reveal: notBuilt, redrive: notBuilt })
)
