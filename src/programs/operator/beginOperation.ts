import { Clock, Effect } from "effect"

import { fold, journeyName } from "../../domain/communication/State.ts"
import type { RefusalTag, StepTag } from "../../domain/operator/RefusalTag.ts"
import { endSteps } from "../../domain/rules/endSteps.ts"
import { Journal } from "../../services/Journal.ts"
import { Journeys } from "../../services/Journeys.ts"
import { type ItemAction, Operations } from "../../services/Operations.ts"
import { failedItem, writtenByNewer, nothingWaits, noSuchCommunication } from "./ActionRefused.ts"
import { type DescribedStep, describeRetry, shownStep } from "./describeRetry.ts"
import { type Actor, newOperation } from "./newOperation.ts"
import { redriveFailure, isSuccess, redrive } from "./redrive.ts"
import { checkDecision } from "./resolveDispatch.ts"

/** What an operation would do to one item, or why not. */
export interface PlannedItem {
  readonly id: string
  readonly does?: string
  /** What `does` says of a retry or an end, for programs. */
  readonly steps?: ReadonlyArray<{ readonly step: string; readonly tag: StepTag; readonly codigo?: string }>
  readonly reason?: string
  /** What `reason` says, for programs. */
  readonly tag?: RefusalTag
}

type Planned = Pick<PlannedItem, "does" | "steps">

/** How many items a dry run checks. */
const mostPlanned = 100

const planEnd = Effect.fnUntraced(function* (id: string) {
  const journal = yield* Journal
  const journeys = yield* Journeys
  const state = fold(yield* journal.load(id))
  if (state.seq === 0) return yield* noSuchCommunication(id)
  const { steps } = endSteps(state, journeys.find(journeyName(state)), yield* Clock.currentTimeMillis)
  if (steps.length === 0) return yield* nothingWaits(id)
  const planned: Planned = {
    does: `ends as failed: ${steps.length} ${steps.length === 1 ? "step" : "steps"}`,
    steps: steps.map((step) => ({ step: shownStep(step), tag: "Ends" }))
  }
  return planned
})

const planRetry = (steps: ReadonlyArray<DescribedStep>): Planned => ({
  does: steps.map(({ does, step }) => `${step}: ${does}`).join("; "),
  steps: steps.map(({ codigo, step, tag }) => ({ step, tag, ...(codigo !== undefined && { codigo }) }))
})

/** What the action would do to this communication. Fails with `ActionRefused` if it cannot. */
const planItem = Effect.fnUntraced(function* (action: Exclude<ItemAction, "erase" | "redrive">, id: string) {
  switch (action) {
    case "retry":
      return planRetry(yield* describeRetry(id))
    case "end":
      return yield* planEnd(id)
    default:
      yield* checkDecision(id, action, yield* Clock.currentTimeMillis)
      return { does: `takes the decision ${action}` } satisfies Planned
  }
})

const planRedrives = (places: ReadonlyArray<string>) =>
  redrive({ places: new Set(places) }, { dryRun: true, again: false }).pipe(
    Effect.map((all) =>
      all.map(({ outcome, place }): PlannedItem =>
        isSuccess(outcome) ? { id: place, does: "redrives it" } : redriveFailure(place, outcome)
      )
    )
  )

/** What an operation on these items would do (SPEC 10.3). Checks the first 100 of them. Changes nothing. */
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
        Effect.map((planned): PlannedItem => ({ id, ...planned })),
        Effect.catchTag("ActionRefused", (refused) => Effect.succeed<PlannedItem>(failedItem(id, refused))),
        Effect.catchTag("UnknownFact", (error) =>
          Effect.succeed<PlannedItem>(failedItem(id, writtenByNewer(id, error)))
        )
      ),
    { concurrency: 8 }
  )
  return { total: distinct.length, items: planned }
})

/**
 * Begins an operation on these items, durably (SPEC 10.3). A process of the service carries it out, item by item. An
 * item that does not exist becomes one of its failures.
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
