import { Clock, Effect } from "effect"

import { fold, journeyName } from "../../domain/communication/State.ts"
import { endSteps } from "../../domain/rules/endSteps.ts"
import { Journal } from "../../services/Journal.ts"
import { Journeys } from "../../services/Journeys.ts"
import { type ItemAction, Operations } from "../../services/Operations.ts"
import { nothingWaits, noSuchCommunication } from "./ActionRefused.ts"
import { describeRetry } from "./describeRetry.ts"
import { type Actor, newOperation } from "./newOperation.ts"
import { redrive } from "./redrive.ts"
import { checkDecision } from "./resolveDispatch.ts"

/** What an operation would do to one item, or why not. */
export interface PlannedItem {
  readonly id: string
  readonly does?: string
  readonly reason?: string
}

/** Items that a dry run looks at one by one. */
const mostPlanned = 100

const planEnd = Effect.fnUntraced(function* (id: string) {
  const journal = yield* Journal
  const journeys = yield* Journeys
  const state = fold(yield* journal.load(id))
  if (state.seq === 0) return yield* noSuchCommunication(id)
  const { steps } = endSteps(state, journeys.find(journeyName(state)), yield* Clock.currentTimeMillis)
  if (steps.length === 0) return yield* nothingWaits(id)
  return `ends as failed: ${steps.length} ${steps.length === 1 ? "step" : "steps"}`
})

/** What the action would do to this communication. Fails with `ActionRefused` if it cannot. */
const planItem = Effect.fnUntraced(function* (action: Exclude<ItemAction, "erase" | "redrive">, id: string) {
  switch (action) {
    case "retry":
      return (yield* describeRetry(id)).map(({ does, step }) => `${step}: ${does}`).join("; ")
    case "end":
      return yield* planEnd(id)
    default:
      yield* checkDecision(id, action, yield* Clock.currentTimeMillis)
      return `takes the decision ${action}`
  }
})

const planRedrives = (places: ReadonlyArray<string>) =>
  redrive({ places: new Set(places) }, { dryRun: true, again: false }).pipe(
    Effect.map((all) =>
      all.map(({ outcome, place }): PlannedItem =>
        outcome._tag === "WouldRedrive"
          ? { id: place, does: "redrives it" }
          : { id: place, reason: "why" in outcome ? outcome.why : outcome._tag }
      )
    )
  )

/** What an operation on these items would do (SPEC 10.3). Looks at the first 100 of them. Changes nothing. */
export const planOperation = Effect.fn("planOperation")(function* (
  action: Exclude<ItemAction, "erase">,
  items: ReadonlyArray<string>
) {
  const distinct = [...new Set(items)]
  const looked = distinct.slice(0, mostPlanned)
  if (action === "redrive") return { total: distinct.length, items: yield* planRedrives(looked) }
  const planned = yield* Effect.forEach(
    looked,
    (id) =>
      planItem(action, id).pipe(
        Effect.map((does): PlannedItem => ({ id, does })),
        Effect.catchTag("ActionRefused", ({ detail }) => Effect.succeed<PlannedItem>({ id, reason: detail })),
        Effect.catchTag("UnknownFact", ({ message }) => Effect.succeed<PlannedItem>({ id, reason: message }))
      ),
    { concurrency: 8 }
  )
  return { total: distinct.length, items: planned }
})

/**
 * Begins an operation on these items, durably (SPEC 10.3). A process of the service does it, item by item. An item that is not
 * there becomes one of its failures.
 */
export const beginOperation = Effect.fn("beginOperation")(function* (
  action: ItemAction,
  items: ReadonlyArray<string>,
  actor: Actor
) {
  const operations = yield* Operations
  const distinct = [...new Set(items)]
  const operation = yield* newOperation(action, actor)
  yield* operations.begin(operation, distinct)
  return { ...operation, total: distinct.length }
})
