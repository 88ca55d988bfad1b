import { Clock, Effect } from "effect"

import { writeName } from "../../domain/communication/EventsState.ts"
import type { FactOf } from "../../domain/communication/Fact.ts"
import { decisionNote, outcomeNote } from "../../domain/communication/notes.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { traced } from "../../telemetry/traced.ts"
import { Communication, once } from "../communication/Communication.ts"
import { updateCase } from "../communication/updateCase.ts"

const outcome = { of: "outcome" } as const

/**
 * Writes the dispatch's outcome on the Case, once (SPEC 6). Safe to repeat: a crashed run may have written it after the
 * outcome had become durable.
 */
export const noteOutcome = Effect.fnUntraced(function* (dispatch: FactOf<"DispatchSettled">, journey: Journey) {
  const { before, record, state } = yield* Communication
  const { decided } = yield* state
  // A later run than the dispatch carries out a decision. Only an intent for the note itself shows that a run crashed.
  const crashed = decided === undefined ? before.dispatch !== undefined : before.events.begun.has(writeName(outcome))
  const request = { work_notes: (decided && decisionNote(decided)) ?? outcomeNote(dispatch, journey.timeZone) }
  const write = Effect.gen(function* () {
    const intended = yield* Clock.currentTimeMillis
    if (decided !== undefined) yield* record([{ _tag: "WriteIntended", at: intended, write: writeName(outcome) }])
    const written = yield* updateCase(outcome, request, crashed ? "died" : "none")
    const at = yield* Clock.currentTimeMillis
    return { _tag: "OutcomeNoted", at, request, ...written } satisfies FactOf<"OutcomeNoted">
  })
  // A PATCH under way at a stop completes and is remembered (SPEC 9.4).
  return yield* Effect.uninterruptible(once((known) => known.noted, write))
}, traced("noteOutcome"))
