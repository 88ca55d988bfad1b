import type { DispatchState } from "./DispatchState.ts"
import type { EventsState } from "./EventsState.ts"
import type { FactOf } from "./Fact.ts"

type DispatchOutcome = FactOf<"DispatchSettled">["outcome"]

/** How the dispatch ended, as far as known. */
export interface OverallOutcome {
  readonly outcome: DispatchOutcome
  /** Who says so. Weni's own answer counts more than the operator's decision, and that more than the events. */
  readonly by: "weni" | "operator" | "events"
  /** The attempt's own outcome and answer, which stay as they were recorded. */
  readonly answer: FactOf<"DispatchSettled">
}

/** The part of a communication's state that says how its dispatch ended. */
interface Known {
  readonly dispatch: DispatchState
  readonly events: EventsState
}

const decidedOutcomes = { resend: undefined, sent: "sent", not_sent: "failed" } as const

const reportedOutcomes = { received: "sent", failed: "failed", sent: "sent" } as const

/**
 * How the dispatch ended (SPEC 5.3): sent if any attempt was accepted, in doubt while one is, failed when none is and no
 * other attempt follows. `undefined` while the first one or the only hope is under way.
 */
export const overallOutcomeOf = ({ dispatch, events }: Known): OverallOutcome | undefined => {
  const { accepted, decided, doubts, last, open, over } = dispatch
  if (accepted !== undefined) return { outcome: "sent", by: "weni", answer: accepted }
  if (last === undefined) return undefined
  if (doubts.size === 0) {
    return over && open.size === 0 ? { outcome: "failed", by: "weni", answer: last } : undefined
  }
  const said = decided && decidedOutcomes[decided.decision]
  if (said !== undefined) return { outcome: said, by: "operator", answer: last }
  return events.reported === undefined
    ? { outcome: "in_doubt", by: "weni", answer: last }
    : { outcome: reportedOutcomes[events.reported], by: "events", answer: last }
}

export const dispatchOutcome = (known: Known): DispatchOutcome | undefined => overallOutcomeOf(known)?.outcome
