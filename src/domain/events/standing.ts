import { caseOf, type State } from "../State.ts"
import { caseState } from "./casePatches.ts"
import type { Standing } from "./plan.ts"

/** What the facts so far say that the next event can change. */
export const standingOf = (state: State): Standing => {
  const { byKey, closeIntended, saidNo, saidYes, statements } = state.events
  const planned = [...byKey.values()].map((progress) => progress.planned)
  return {
    statements,
    hasCase: caseOf(state) !== undefined,
    inDoubt: state.dispatch?.outcome === "in_doubt" && !planned.some(({ settles }) => settles !== undefined),
    saidYes,
    saidNo,
    resolved:
      closeIntended?.cancelled === false ||
      state.adopted?.state === String(caseState.resolved) ||
      planned.some(({ patches }) => patches.some((patch) => patch.state === caseState.resolved))
  }
}
