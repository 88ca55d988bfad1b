import { Clock, Effect } from "effect"

import type { Json } from "../domain/Canal.ts"
import { caseState } from "../domain/events/casePatches.ts"
import type { FactOf } from "../domain/Fact.ts"
import { caseOf } from "../domain/State.ts"
import { ServiceNow } from "../services/ServiceNow.ts"
import { Communication, once } from "./Communication.ts"
import { type WriteOutcome, writeOnCase } from "./writeOnCase.ts"

const closedAviso = "o Case está fechado (state 3) e não pode ser reaberto"

/** SPEC 8.9: a refusal to reopen is explained where the Case is Closed; what cannot be read is not guessed. */
const explained = Effect.fnUntraced(function* (outcome: WriteOutcome, reopening: boolean) {
  const communication = yield* Communication
  const serviceNow = yield* ServiceNow
  const theCase = caseOf(yield* communication.state)
  if (outcome.written || !reopening || outcome.response.status !== 403 || theCase === undefined) return outcome
  const found = yield* Effect.orElseSucceed(serviceNow.readCase(theCase.sysId), () => undefined)
  return found?.state === String(caseState.closed) ? { ...outcome, avisos: [...outcome.avisos, closedAviso] } : outcome
})

/** The PATCHes of an event's plan, each once; `resumed`: a run that died may have sent them. */
export const carryOut = Effect.fnUntraced(function* (planned: FactOf<"EventPlanned">, resumed: boolean) {
  const { answered, key, patches } = planned
  const write = Effect.fnUntraced(function* (patch: Json, index: number) {
    const outcome = yield* Effect.flatMap(writeOnCase(patch, resumed, planned.at), (written) =>
      explained(written, answered === "nao" && patch.state !== undefined)
    )
    const at = yield* Clock.currentTimeMillis
    return { _tag: "EventWritten", at, key, index, ...outcome } satisfies FactOf<"EventWritten">
  })
  // A PATCH under way at a stop ends and is remembered (SPEC 9.4).
  yield* Effect.forEach(patches, (patch, index) =>
    Effect.uninterruptible(once((state) => state.events.byKey.get(key)?.written.get(index), write(patch, index)))
  )
})
