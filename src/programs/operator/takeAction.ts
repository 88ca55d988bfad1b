import { Clock, Effect } from "effect"

import type { Decision } from "../../domain/communication/Decision.ts"
import { fold } from "../../domain/communication/State.ts"
import type { CorrelationId } from "../../domain/record/Origin.ts"
import { Journal } from "../../services/Journal.ts"
import { Operations } from "../../services/Operations.ts"
import type { OrderedWithReason } from "./ActionRefused.ts"
import { type Actor, newOperation } from "./newOperation.ts"
import { planRetry, requestRetry } from "./requestRetry.ts"
import { checkDecision, resolveDispatch } from "./resolveDispatch.ts"

const checkRetry = Effect.fnUntraced(function* (id: string) {
  const journal = yield* Journal
  yield* planRetry(id as CorrelationId, fold(yield* journal.load(id)))
})

/**
 * Takes a single action on a communication: a retry, or a decision on a dispatch in doubt. It is an operation of one item
 * (SPEC 10.3), and so goes on where this process dies. Fails with `ActionRefused` if it cannot be taken: then there is no
 * operation.
 */
export const takeAction = Effect.fn("takeAction")(function* (action: "retry" | Decision, id: string, actor: Actor) {
  const operations = yield* Operations
  const at = actor.at ?? (yield* Clock.currentTimeMillis)
  yield* action === "retry" ? checkRetry(id) : checkDecision(id, action, at)
  const operation = yield* newOperation(action, { ...actor, at }, id)
  yield* operations.begin(operation, [id])
  const ordered: OrderedWithReason = { ...actor, at, operation: operation.id }
  const failure = yield* (action === "retry" ? requestRetry(id, ordered) : resolveDispatch(id, action, ordered)).pipe(
    Effect.as(undefined),
    Effect.catchTag("ActionRefused", ({ detail }) => Effect.succeed({ id, reason: detail }))
  )
  yield* operations.finish({ operation, position: 0, id }, yield* Clock.currentTimeMillis, failure)
  return operation
})
