import { Effect } from "effect"

import { isFinal } from "../../domain/failure.ts"
import type { ConsumerKeys } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { traced } from "../../telemetry/traced.ts"
import type { Attempt } from "./attempt.ts"
import { consumerLookups } from "./consumerLookups.ts"
import { readRows } from "./readRows.ts"
import { makePace, retrying } from "./retry.ts"
import { makeConsumerPath, searchConsumer } from "./searchConsumer.ts"

/** `ServiceNow.findConsumer` (SPEC 3.1–3.5): each query is retried by itself. */
export const makeFindConsumer = (attempt: Attempt, settings: Settings["Service"]) => {
  const { serviceNow } = settings
  const consumerPath = makeConsumerPath(serviceNow)

  return Effect.fnUntraced(function* (keys: ConsumerKeys) {
    const { avisos, found } = yield* searchConsumer(consumerLookups(keys, serviceNow), (query) =>
      retrying(makePace("findConsumer", settings), (turn) =>
        readRows(attempt, turn, { path: consumerPath(query) })
      ).pipe(
        Effect.catchTag("ServiceNowError", (error) =>
          error.reason._tag === "Refused" && isFinal(error.reason) ? Effect.succeed(error.reason) : Effect.fail(error)
        )
      )
    )
    return { avisos, ...(found !== undefined && { found }) }
  }, traced("ServiceNow.findConsumer"))
}
