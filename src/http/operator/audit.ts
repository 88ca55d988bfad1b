import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { holdsPersonalData } from "../../domain/personal/personalData.ts"
import { shownNames } from "../../programs/operator/details.ts"
import { settleRecords, type SettledOffsets } from "../../programs/operator/settleRecords.ts"
import { RuntimeStatus } from "../RuntimeStatus.ts"
import { actorOf, refusedAction } from "./actions.ts"
import { onceGiven, whenRunning, withinBudget } from "./RunningService.ts"

/** Only an id with personal data needs the search for its `ref`. */
const idsShown = (ids: ReadonlyArray<string>) =>
  ids.some(holdsPersonalData) ? whenRunning(shownNames(ids)) : Effect.succeed(ids)

/** The audit of the running service. Fails with 503 while Kafka or the database is unavailable. */
const audited = Effect.gen(function* () {
  const intake = yield* onceGiven(Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake))
  return yield* withinBudget(intake.audit)
})

const shown = Effect.gen(function* () {
  const { overdueIds, stalledIds, ...counts } = yield* audited
  return {
    ...counts,
    ...(stalledIds && { stalledIds: yield* idsShown(stalledIds) }),
    ...(overdueIds && { overdueIds: yield* idsShown(overdueIds) })
  }
})

const settle = Effect.fnUntraced(function* ({ reason, ...offsets }: SettledOffsets & { readonly reason: string }) {
  const settled = settleRecords(offsets, yield* audited, yield* actorOf(reason))
  yield* whenRunning(Effect.mapError(settled, refusedAction))
  return yield* shown
})

/** CONTRACT `GET /api/audit` and `POST /api/audit/settle`. */
export const AuditRoutes = HttpApiBuilder.group(OperatorApi, "audit", (handlers) =>
  handlers.handleAll({ audit: () => shown, settle: ({ payload }) => settle(payload) })
)
