import { Effect, Layer, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { overviewNow } from "../../programs/operator/overview.ts"
import { RuntimeStatus } from "../RuntimeStatus.ts"
import { whenRunning } from "./RunningService.ts"

/** Longer than the brokers and the database take while they answer. The rest of the overview does not wait for them. */
const auditBudget = "2 seconds"

/** The counts of the audit. `undefined` while Kafka or the database does not answer. */
const audited = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake)
  if (Option.isNone(intake)) return undefined
  return Option.getOrUndefined(yield* Effect.timeoutOption(intake.value.audit, auditBudget))
})

/** How long a process answers all requests with the same overview. */
const shownFor = "2 seconds"

/** CONTRACT `GET /api/overview`. */
export const OverviewRoutes = Layer.unwrap(
  Effect.gen(function* () {
    const answer = yield* Effect.cachedWithTTL(
      Effect.flatMap(audited, (counts) => whenRunning(overviewNow(counts))),
      shownFor
    )
    return HttpApiBuilder.group(OperatorApi, "overview", (handlers) => handlers.handleAll({ overview: () => answer }))
  })
)
