import { Clock, Effect } from "effect"

import type { Decision } from "../../domain/communication/Decision.ts"
import { fold } from "../../domain/communication/State.ts"
import type { CorrelationId } from "../../domain/record/Origin.ts"
import { Journal, type UnknownFact } from "../../services/Journal.ts"
import { Operations } from "../../services/Operations.ts"
import { type ActionRefused, failedItem, type OrderedWithReason } from "./ActionRefused.ts"
import { type Actor, newOperation } from "./newOperation.ts"
import { planRetry, requestRetry } from "./requestRetry.ts"
import { checkDecision, resolveDispatch } from "./resolveDispatch.ts"

type Refusal = ActionRefused | UnknownFact

/** What a single action checks before it is written down, and what it then does, as an operation's first item. */
interface SingleAction<R> {
  readonly check: Effect.Effect<unknown, Refusal, R>
  readonly perform: (ordered: OrderedWithReason) => Effect.Effect<unknown, Refusal, R>
}

/**
 * Takes a single action on a communication. It is an operation of one item (SPEC 10.3), so another process continues it
 * if this one crashes. Fails with `ActionRefused` if the action cannot be taken. There is then no operation.
 */
const take = Effect.fnUntraced(function* <R>(
  action: "retry" | Decision,
  id: string,
  actor: Actor & { readonly at: number },
  { check, perform }: SingleAction<R>
) {
  const operations = yield* Operations
  yield* check
  const operation = yield* newOperation(action, actor, id)
  yield* operations.begin(operation, [id])
  const failure = yield* perform({ ...actor, operation: operation.id }).pipe(
    Effect.as(undefined),
    Effect.catchTag("ActionRefused", (refused) => Effect.succeed(failedItem(id, refused)))
  )
  yield* operations.finish({ operation, position: 0, id }, yield* Clock.currentTimeMillis, failure)
  return { ...operation, ...(failure && { failure }) }
})

const orderedNow = (actor: Actor) => Effect.map(Clock.currentTimeMillis, (now) => ({ ...actor, at: actor.at ?? now }))

const checkRetry = Effect.fnUntraced(function* (id: string) {
  const journal = yield* Journal
  yield* planRetry(id as CorrelationId, fold(yield* journal.load(id)))
})

/** Takes a retry of one communication, as `take` does. */
export const takeRetry = Effect.fn("takeRetry")(function* (id: string, actor: Actor) {
  return yield* take("retry", id, yield* orderedNow(actor), {
    check: checkRetry(id),
    perform: (ordered) => requestRetry(id, ordered)
  })
})

/** Takes a decision on a dispatch in doubt, as `take` does. */
export const takeDecision = Effect.fn("takeDecision")(function* (decision: Decision, id: string, actor: Actor) {
  const ordered = yield* orderedNow(actor)
  return yield* take(decision, id, ordered, {
    check: checkDecision(id, decision, ordered.at),
    perform: (order) => resolveDispatch(id, decision, order)
  })
})
