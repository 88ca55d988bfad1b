import { Clock, Effect } from "effect"

import { writeName } from "../domain/events/Write.ts"
import type { FactOf } from "../domain/Fact.ts"
import { serviceNowFailure } from "../domain/failure.ts"
import type { Journey } from "../domain/Journey.ts"
import { decisionNote, outcomeNote } from "../domain/note.ts"
import { ServiceNow } from "../services/ServiceNow.ts"
import { Communication, once } from "./Communication.ts"

const outcome = { of: "outcome" } as const

/**
 * The dispatch's outcome on the Case, written once (SPEC 6). Safe to repeat: a run that died may have written it, after the
 * outcome had become durable.
 */
export const noteOutcome = Effect.fn("noteOutcome")(function* (
  theCase: FactOf<"CaseOpened">,
  dispatch: FactOf<"DispatchSettled">,
  journey: Journey
) {
  const serviceNow = yield* ServiceNow
  const { before, record, state } = yield* Communication
  const { decided } = yield* state
  // A decision is carried out by a later run than the dispatch: only an intent of its note's own tells of one that died.
  const died = decided === undefined ? before.dispatch !== undefined : before.events.begun.has(writeName(outcome))
  const request = { work_notes: (decided && decisionNote(decided)) ?? outcomeNote(dispatch, journey.timeZone) }
  const noted = (written: boolean, response: FactOf<"OutcomeNoted">["response"], avisos: ReadonlyArray<string>) =>
    Effect.map(Clock.currentTimeMillis, (at): FactOf<"OutcomeNoted"> => ({
      _tag: "OutcomeNoted",
      at,
      request,
      written,
      response,
      avisos
    }))
  const now = yield* Clock.currentTimeMillis
  const intend =
    decided === undefined ? Effect.void : record([{ _tag: "WriteIntended", at: now, write: writeName(outcome) }])
  const write = once(
    (state) => state.noted,
    Effect.andThen(
      intend,
      // A run that died may have sent it, or tried again, until now.
      serviceNow.updateCase({ sysId: theCase.sysId, body: request, inDoubt: died, intendedAt: now }).pipe(
        Effect.matchEffect({
          onSuccess: ({ avisos, status }) => noted(true, { status }, avisos),
          onFailure: (error) =>
            Effect.logWarning(`note not written: ${error.message}`).pipe(
              Effect.andThen(noted(false, serviceNowFailure(error), []))
            )
        })
      )
    )
  )
  // A PATCH under way at a stop ends and is remembered (SPEC 9.4).
  return yield* Effect.uninterruptible(write)
})
