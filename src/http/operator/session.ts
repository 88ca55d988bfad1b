import { HttpApiBuilder } from "effect/http-api"

import { CurrentOperator } from "../../api/access.ts"
import { OperatorApi } from "../../api/OperatorApi.ts"
import { notBuilt } from "./RunningService.ts"

/** CONTRACT `/api/session`. */
export const SessionRoutes = HttpApiBuilder.group(OperatorApi, "session", (handlers) =>
  handlers.handleAll({ signIn: notBuilt, whoAmI: () => CurrentOperator, signOut: notBuilt })
)
