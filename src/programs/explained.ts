import { Effect } from "effect"

import type { Json } from "../domain/Canal.ts"
import { caseState } from "../domain/events/casePatches.ts"
import { caseOf } from "../domain/State.ts"
import { ServiceNow } from "../services/ServiceNow.ts"
import { Communication } from "./Communication.ts"
import type { WriteOutcome } from "./writeOnCase.ts"

const closedAviso = "o Case está fechado (state 3) e não pode ser reaberto"

/** SPEC 8.9: a refusal to reopen is explained where the Case is Closed; what cannot be read is not guessed. */
export const explained = Effect.fnUntraced(function* (outcome: WriteOutcome, body: Json) {
  const communication = yield* Communication
  const serviceNow = yield* ServiceNow
  const theCase = caseOf(yield* communication.state)
  const refused = !outcome.written && body.state === caseState.open && outcome.response.status === 403
  if (!refused || theCase === undefined) return outcome
  const found = yield* Effect.orElseSucceed(serviceNow.readCase(theCase.sysId), () => undefined)
  return found?.state === String(caseState.closed) ? { ...outcome, avisos: [...outcome.avisos, closedAviso] } : outcome
})
