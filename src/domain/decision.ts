import { Schema } from "effect"

import { dispatchOutcome } from "./dispatchOutcome.ts"
import type { FactOf } from "./Fact.ts"
import type { State } from "./State.ts"

/** What an operator says of a dispatch in doubt (SPEC 5.3): send it again, or how it had ended. */
export const Decision = Schema.Literals(["resend", "sent", "not_sent"])
export type Decision = typeof Decision.Type

/** Code points of an operator's reason. */
export const longestReason = 500

/** Makes the doubt a matter of the past; what depends on it (note, response) is then done once more. */
export const Decided = Schema.TaggedStruct("Decided", {
  at: Schema.Number,
  decision: Decision,
  /** Why, in the operator's words; kept here and shown nowhere else. */
  reason: Schema.String
})

/** The state after a decision; one that comes when there is no doubt left changes nothing. */
export const decidedBy = (state: State, decided: FactOf<"Decided">): State => {
  const { dispatch, noted, openIntent: _, refused: __, response: ___, ...rest } = state
  if (dispatch === undefined || dispatchOutcome(state) !== "in_doubt") return state
  const next: State = {
    ...rest,
    decided,
    attemptsBefore: state.attempts,
    earlierNotes: noted?.written === true ? [...state.earlierNotes, noted.request] : state.earlierNotes,
    events: {
      ...state.events,
      retries: new Map([...state.events.retries].filter(([write]) => write !== "outcome"))
    }
  }
  switch (decided.decision) {
    case "resend":
      return next
    case "sent":
      return { ...next, dispatch: { ...dispatch, outcome: "sent" } }
    case "not_sent":
      return { ...next, dispatch: { ...dispatch, outcome: "failed" } }
  }
}

/** A decision whose consequences are not all done: since when, epoch milliseconds. */
export const decisionDue = ({ decided, response }: State): number | undefined =>
  response === undefined ? decided?.at : undefined
