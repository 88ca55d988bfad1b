import type { FactOf } from "./Fact.ts"
import type { State } from "./State.ts"

/**
 * How the dispatch ended, as far as anybody knows: Weni's answer; where that is in doubt, what the events say, whatever
 * their order (SPEC 5.3, 8.6). The answer that is recorded with a doubt stays as it is.
 */
export const dispatchOutcome = ({ dispatch, events }: State): FactOf<"DispatchSettled">["outcome"] | undefined => {
  if (dispatch?.outcome !== "in_doubt") return dispatch?.outcome
  const kinds = new Set([...events.byKey.values()].map(({ planned }) => planned.event.kind))
  // What a customer got or answered went out, whatever else was said; a failure comes after the sending that it ends.
  if (kinds.has("delivered") || kinds.has("read") || kinds.has("reply")) return "sent"
  if (kinds.has("failed")) return "failed"
  return kinds.has("sent") ? "sent" : "in_doubt"
}
