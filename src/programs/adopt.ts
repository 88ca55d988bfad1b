import { Clock, Effect } from "effect"

import type { AdoptedCase } from "../domain/events/eventFacts.ts"
import { currentTraceparent } from "../telemetry/traceparent.ts"
import { Communication } from "./Communication.ts"

/** True when the communication is known, or is from now on, by its Case. */
export const adopt = Effect.fnUntraced(function* (theCase: AdoptedCase | undefined) {
  const communication = yield* Communication
  const { accepted, adopted } = yield* communication.state
  if (accepted !== undefined || adopted !== undefined) return true
  if (theCase === undefined) return false
  yield* Effect.logInfo("Case adopted")
  const at = yield* Clock.currentTimeMillis
  const span = yield* currentTraceparent
  yield* communication.remember({ _tag: "Adopted", at, ...theCase, ...(span !== undefined && { span }) })
  return true
})
