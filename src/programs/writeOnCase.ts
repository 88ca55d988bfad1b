import { Effect } from "effect"

import type { Answer, Json } from "../domain/Canal.ts"
import { timesWritten } from "../domain/events/timesWritten.ts"
import { serviceNowFailure } from "../domain/failure.ts"
import { caseOf } from "../domain/State.ts"
import { ServiceNow } from "../services/ServiceNow.ts"
import { Communication } from "./Communication.ts"

/** How one PATCH on the Case ended; a failure is an outcome like any other (SPEC 6.3). */
export interface WriteOutcome {
  readonly written: boolean
  readonly response: Answer
  readonly avisos: ReadonlyArray<string>
}

const notWritten = (response: Answer): WriteOutcome => ({ written: false, response, avisos: [] })

/**
 * One PATCH on the communication's Case, its note once (SPEC 6.2); `inDoubt`: an earlier run may have sent it, at `intendedAt`
 * (epoch milliseconds) or soon after: the note may still be coming.
 */
export const writeOnCase = Effect.fnUntraced(function* (body: Json, inDoubt: boolean, intendedAt?: number) {
  const communication = yield* Communication
  const serviceNow = yield* ServiceNow
  const state = yield* communication.state
  const theCase = caseOf(state)
  if (theCase === undefined) return yield* Effect.die(new Error("a write without a Case"))
  const update = {
    sysId: theCase.sysId,
    body,
    inDoubt,
    writtenBefore: timesWritten(state, body),
    ...(intendedAt !== undefined && { intendedAt })
  }
  return yield* serviceNow.updateCase(update).pipe(
    Effect.map(({ avisos, status }): WriteOutcome => ({ written: true, response: { status }, avisos })),
    Effect.catch((error) =>
      Effect.as(Effect.logWarning(`Case not written: ${error.message}`), notWritten(serviceNowFailure(error)))
    )
  )
})
