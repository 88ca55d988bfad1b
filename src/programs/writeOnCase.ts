import { Clock, Effect } from "effect"

import type { Answer, Json } from "../domain/Canal.ts"
import { changesStanding } from "../domain/events/takeover.ts"
import { timesWritten } from "../domain/events/timesWritten.ts"
import { type Write, writeName } from "../domain/events/Write.ts"
import { serviceNowFailure } from "../domain/failure.ts"
import { caseOf } from "../domain/State.ts"
import { ServiceNow } from "../services/ServiceNow.ts"
import { Communication } from "./Communication.ts"
import { explained } from "./explained.ts"
import { stillStands, type TakenOver } from "./stillStands.ts"

/** How one PATCH on the Case ended; a failure is an outcome like any other (SPEC 6.3). */
export interface WriteOutcome {
  readonly written: boolean
  readonly response: Answer
  readonly avisos: ReadonlyArray<string>
}

/**
 * What earlier runs may have done. `none`: nothing. `ended`: a try that is over, its outcome is known. `died`: a run that
 * died may have sent the PATCH until now, and its note may still be coming.
 */
export type Before = "none" | "ended" | "died"

const notWritten = (response: Answer): WriteOutcome => ({ written: false, response, avisos: [] })

const patchCase = Effect.fnUntraced(function* (write: Write, body: Json, before: Before) {
  const communication = yield* Communication
  const context = yield* Effect.context<Communication | ServiceNow>()
  const serviceNow = yield* ServiceNow
  const state = yield* communication.state
  const theCase = caseOf(state)
  if (theCase === undefined) return yield* Effect.die(new Error("a write without a Case"))
  return yield* serviceNow.updateCase({
    sysId: theCase.sysId,
    body,
    inDoubt: before !== "none",
    writtenBefore: timesWritten(state, body),
    ...(before === "died" && { intendedAt: yield* Clock.currentTimeMillis }),
    ...(changesStanding(body) && { stillStands: Effect.provideContext(stillStands(write, body), context) })
  })
})

/** People were first (SPEC 8.8, 8.9): the note that is left is decided for good before it is written. */
const cancel = Effect.fnUntraced(function* (write: Write, { instead }: TakenOver) {
  const communication = yield* Communication
  yield* Effect.logInfo("write on the Case given up: people have changed it")
  const at = yield* Clock.currentTimeMillis
  yield* communication.record([{ _tag: "WriteCancelled", at, write: writeName(write), patch: instead }])
  return yield* patchCase(write, instead, "none")
})

/**
 * One PATCH on the communication's Case, its note once (SPEC 6.2). One that closes the Case or hands it over is never repeated
 * on a Case that people have changed: it becomes a note, in the facts and here (SPEC 8.8, 8.9).
 */
export const writeOnCase = Effect.fnUntraced(function* (write: Write, body: Json, before: Before) {
  const outcome = yield* patchCase(write, body, before).pipe(
    Effect.catchTag("TakenOver", (reason) => cancel(write, reason)),
    Effect.map(({ avisos, status }): WriteOutcome => ({ written: true, response: { status }, avisos })),
    Effect.catchTag("ServiceNowError", (error) =>
      Effect.as(
        Effect.logWarning(`${write.of === "outcome" ? "note" : "Case"} not written: ${error.message}`),
        notWritten(serviceNowFailure(error))
      )
    )
  )
  return yield* explained(outcome, body)
})
