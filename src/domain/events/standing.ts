import { caseOf, type State } from "../State.ts"
import { caseState } from "./casePatches.ts"
import type { Standing } from "./plan.ts"

/** What the facts so far say that the next event can change. */
export const standingOf = (state: State): Standing => {
  const { byKey, closeIntended, saidNo, saidYes, times } = state.events
  const planned = [...byKey.values()].flatMap(({ planned: { patches } }) => patches)
  return {
    ...times,
    hasCase: caseOf(state) !== undefined,
    inDoubt: state.dispatch?.outcome === "in_doubt",
    saidYes,
    saidNo,
    resolved:
      closeIntended?.cancelled === false ||
      state.adopted?.state === String(caseState.resolved) ||
      planned.some((patch) => patch.state === caseState.resolved)
  }
}
