import { Effect } from "effect"

import { makeCallState } from "../../../src/services/Breakers.ts"
import { type Dispatch, Weni } from "../../../src/services/Weni.ts"

/** One attempt in a slot of its own, which no breaker holds back. */
export const dispatchOnce = (input: Dispatch) =>
  Effect.flatMap(Weni, (weni) => weni.admit(makeCallState(), (slot) => slot.dispatch(input))).pipe(
    Effect.catchTag("DispatchHeldBack", Effect.die)
  )
