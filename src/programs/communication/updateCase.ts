import { Effect, Schema, Clock } from "effect"

import { type Write, writeName } from "../../domain/communication/EventsState.ts"
import { caseOf } from "../../domain/communication/State.ts"
import { Json, type Answer } from "../../domain/record/ChannelResult.ts"
import { replacementPatch, changesStanding, notesKnownWritten } from "../../domain/rules/agentChanges.ts"
import { caseState } from "../../domain/rules/casePatches.ts"
import { serviceNowFailure } from "../../domain/vendor/failure.ts"
import { ServiceNow } from "../../services/ServiceNow.ts"
import { traced } from "../../telemetry/traced.ts"
import { Communication } from "./Communication.ts"

/** How one PATCH on the Case ended. A failure is an outcome like any other (SPEC 6.3). */
export interface WriteOutcome {
  readonly written: boolean
  readonly response: Answer
  readonly avisos: ReadonlyArray<string>
}

/**
 * What earlier runs may have done. `none`: nothing. `ended`: an earlier try has completed, and its outcome is known.
 * `died`: a crashed run may have sent the PATCH until now, and its note may still appear.
 */
export type Before = "none" | "ended" | "died"

/** People have changed the Case. `instead` is the patch that is still to be written. */
export class CaseChangedByAgent extends Schema.TaggedError<CaseChangedByAgent>()("CaseChangedByAgent", {
  instead: Json
}) {
  override get message() {
    return "people have changed the Case"
  }
}

/** Reads the Case and fails with `CaseChangedByAgent` when the write would overwrite people's changes (SPEC 8.8, 8.9). */
export const failIfCaseChanged = Effect.fnUntraced(function* (write: Write, body: Json) {
  const communication = yield* Communication
  const serviceNow = yield* ServiceNow
  const state = yield* communication.state
  const found = yield* serviceNow.readCase(caseOf(state)?.sysId ?? "")
  const instead = replacementPatch(write, body, state, found)
  if (instead !== undefined) return yield* new CaseChangedByAgent({ instead })
}, traced("stillStands"))

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
    writtenBefore: notesKnownWritten(state, body),
    ...(before === "died" && { intendedAt: yield* Clock.currentTimeMillis }),
    ...(changesStanding(body) && { failIfCaseChanged: Effect.provideContext(failIfCaseChanged(write, body), context) })
  })
})

/** People were first (SPEC 8.8, 8.9). The remaining note is decided for good before it is written. */
const cancel = Effect.fnUntraced(function* (write: Write, { instead }: CaseChangedByAgent) {
  const communication = yield* Communication
  yield* Effect.logInfo("write on the Case given up: people have changed it")
  const at = yield* Clock.currentTimeMillis
  yield* communication.record([{ _tag: "WriteCancelled", at, write: writeName(write), patch: instead }])
  return yield* patchCase(write, instead, "none")
})

const closedAviso = "o Case está fechado (state 3) e não pode ser reaberto"

/** Explains a refusal to reopen if the Case is Closed (SPEC 8.9). If the Case cannot be read, nothing is guessed. */
const explainReopenRefusal = Effect.fnUntraced(function* (outcome: WriteOutcome, body: Json) {
  const communication = yield* Communication
  const serviceNow = yield* ServiceNow
  const theCase = caseOf(yield* communication.state)
  const refused = !outcome.written && body.state === caseState.open && outcome.response.status === 403
  if (!refused || theCase === undefined) return outcome
  const found = yield* Effect.orElseSucceed(serviceNow.readCase(theCase.sysId), () => undefined)
  return found?.state === String(caseState.closed) ? { ...outcome, avisos: [...outcome.avisos, closedAviso] } : outcome
})

/**
 * Sends one PATCH to the communication's Case and writes its note once (SPEC 6.2). A PATCH that closes the Case or
 * hands it over is never repeated on a Case that people have changed. It becomes a note, in the facts and here
 * (SPEC 8.8, 8.9).
 */
export const updateCase = Effect.fnUntraced(function* (write: Write, body: Json, before: Before) {
  const outcome = yield* patchCase(write, body, before).pipe(
    Effect.catchTag("CaseChangedByAgent", (reason) => cancel(write, reason)),
    Effect.map(({ avisos, status }): WriteOutcome => ({ written: true, response: { status }, avisos })),
    Effect.catchTag("ServiceNowError", (error) =>
      Effect.as(
        Effect.logWarning(`${write.of === "outcome" ? "note" : "Case"} not written: ${error.message}`),
        notWritten(serviceNowFailure(error))
      )
    )
  )
  return yield* explainReopenRefusal(outcome, body)
})
