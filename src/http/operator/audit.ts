import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { Unavailable } from "../../api/problems.ts"
import { RuntimeStatus } from "../RuntimeStatus.ts"

/** Longer than the brokers or the database take while they are available. */
const waitBudget = "20 seconds"

const audit = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake)
  if (Option.isNone(intake)) return yield* new Unavailable({ error: "the service waits for its database" })
  return yield* Effect.timeoutOrElse(intake.value.audit, {
    duration: waitBudget,
    orElse: () => Effect.fail(new Unavailable({ error: "Kafka or the database does not answer" }))
  })
})

/** CONTRACT `GET /api/audit`: 200, or 503 while Kafka or the database is unavailable. */
export const AuditRoutes = HttpApiBuilder.group(OperatorApi, "audit", (handlers) =>
  handlers.handleAll({ audit: () => audit })
)
