import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { shownId } from "../../domain/personal/personalData.ts"
import { describeRetry } from "../../programs/operator/describeRetry.ts"
import { takeRetry } from "../../programs/operator/takeAction.ts"
import { actorOf, communicationOf, refusedAction } from "./actions.ts"
import { whenRunning } from "./RunningService.ts"

const plan = Effect.fnUntraced(function* (id: string) {
  const steps = yield* Effect.mapError(describeRetry(id), refusedAction)
  return {
    id: shownId(id),
    steps: steps.map(({ request, ...step }) =>
      request === undefined ? step : Object.assign(step, { request: JSON.parse(JSON.stringify(request)) })
    )
  }
})

/** CONTRACT `POST /api/communications/{id}/retry`. */
export const RetryRoutes = HttpApiBuilder.group(OperatorApi, "retry", (handlers) =>
  handlers.handleAll({
    retry: ({ params, payload: { dryRun = false, reason } }) =>
      whenRunning(
        Effect.gen(function* () {
          const id = yield* communicationOf(params.id)
          if (dryRun) return yield* plan(id)
          const operation = yield* Effect.mapError(takeRetry(id, yield* actorOf(reason)), refusedAction)
          return { operation: operation.id }
        })
      )
  })
)
