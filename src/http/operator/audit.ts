import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { RuntimeStatus } from "../RuntimeStatus.ts"
import { onceGiven, withinBudget } from "./RunningService.ts"

const audit = Effect.gen(function* () {
  const intake = yield* onceGiven(Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake))
  return yield* withinBudget(intake.audit)
})

/** CONTRACT `GET /api/audit`: 200, or 503 while Kafka or the database is unavailable. */
export const AuditRoutes = HttpApiBuilder.group(OperatorApi, "audit", (handlers) =>
  handlers.handleAll({ audit: () => audit })
)
