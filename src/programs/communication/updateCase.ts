import { Effect, Schema, Clock } from "effect"

import { type Write, writeName } from "../../domain/communication/EventsState.ts"
import { attemptsOf } from "../../domain/communication/HeldSteps.ts"
import { caseOf, type State } from "../../domain/communication/State.ts"
import { Json, type Answer } from "../../domain/record/ChannelResult.ts"
import { replacementPatch, changesStanding, notesKnownWritten } from "../../domain/rules/agentChanges.ts"
import { caseState } from "../../domain/rules/casePatches.ts"
import { serviceNowFailure } from "../../domain/vendor/failure.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { Breakers } from "../../services/Breakers.ts"
import { ServiceNow } from "../../services/ServiceNow.ts"
import { traced } from "../../telemetry/traced.ts"
import { Communication } from "./Communication.ts"
import { hold, Suspended, type Wait } from "./hold.ts"

/** How one PATCH on the Case ended. A failure is an outcome like any other (SPEC 6.3). */
export interface WriteOutcome {
  readonly written: boolean
  readonly response: Answer
  readonly avisos: ReadonlyArray<string>
}

/** The Case could not be written because ServiceNow is unavailable. Nothing was sent that `wait` does not tell. */
export interface HeldWrite {
  readonly wait: Wait
  /** The outcome for a write that does not wait. */
  readonly outcome: WriteOutcome
}

/**
 * What earlier runs may have done. `none`: nothing, and the write was decided just now. `later`: nothing, but it has
 * waited. `ended`: an earlier try has completed, and its outcome is known. `died`: an earlier run ended in the middle of
 * it, perhaps with its process, and its note may still appear. A number: until then, epoch milliseconds, what was sent
 * may take effect.
 */
export type Before = "none" | "later" | "ended" | "died" | number

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

/**
 * Whether another process may have begun the write and not known its end: so the facts said when this process took
 * over.
 */
const begunElsewhere = ({ dispatch, events, noted }: State, write: Write): boolean => {
  if (events.begun.has(writeName(write))) return true
  switch (write.of) {
    case "outcome":
      return dispatch.over && noted === undefined
    case "close":
      return events.closeIntended !== undefined && events.closeWritten === undefined
    case "event":
      return events.byKey.get(write.key)?.written.has(write.index) === false
  }
}

const patchCase = Effect.fnUntraced(function* (write: Write, body: Json, before: Before) {
  const communication = yield* Communication
  const context = yield* Effect.context<Communication | ServiceNow>()
  const serviceNow = yield* ServiceNow
  const state = yield* communication.state
  const theCase = caseOf(state)
  if (theCase === undefined) return yield* Effect.die(new Error("a write without a Case"))
  // A run that died may not have looked yet for what the wait before it left.
  const appearsUntil = before === "died" ? state.held.get(writeName(write))?.appearsUntil : before
  return yield* serviceNow.updateCase({
    sysId: theCase.sysId,
    body,
    inDoubt: before !== "none" && before !== "later",
    later: before !== "none",
    writtenBefore: notesKnownWritten(state, body),
    ...(before === "died" &&
      begunElsewhere(communication.inherited, write) && { intendedAt: yield* Clock.currentTimeMillis }),
    ...(typeof appearsUntil === "number" && { appearsUntil }),
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
  const communication = yield* Communication
  const { held } = yield* communication.state
  const outcome = yield* patchCase(write, body, before).pipe(
    Effect.catchTag("CaseChangedByAgent", (reason) => cancel(write, reason)),
    Effect.map(({ avisos, status }): WriteOutcome => ({ written: true, response: { status }, avisos })),
    Effect.catchTag("ServiceNowError", (error): Effect.Effect<WriteOutcome | HeldWrite> => {
      const { attempts, reason } = error
      const step = writeName(write)
      const made = attemptsOf(held, step, attempts)
      const failure = notWritten(serviceNowFailure({ reason, attempts: made }))
      if (reason._tag !== "HeldBack") {
        const what = write.of === "outcome" ? "note" : "Case"
        return Effect.as(Effect.logWarning(`${what} not written: ${error.message}`), failure)
      }
      const wait: Wait = {
        step,
        vendor: "servicenow",
        reason: reasonText(reason.reason),
        attempts: made,
        ...(reason.appearsUntil !== undefined && { appearsUntil: reason.appearsUntil })
      }
      return Effect.succeed({ wait, outcome: failure })
    })
  )
  return "wait" in outcome ? outcome : yield* explainReopenRefusal(outcome, body)
})

/** What the facts know of earlier runs of a write that waited, or `undefined` if it did not wait. */
const beforeOf = Effect.fnUntraced(function* (name: string) {
  const { before } = yield* Communication
  if (before.events.begun.has(name)) return "died"
  const held = before.held.get(name)
  return held && (held.appearsUntil ?? "later")
})

/**
 * Sends a PATCH of an event or of the close, and ends the run if ServiceNow is unavailable (SPEC 9.2). `waits`: it was
 * not sent when it was decided. Then an intent is durable before it is sent, so that the next run recognizes that this
 * one crashed. `unknown` is what earlier runs may have done if no fact says it.
 */
export const writeOrHold = Effect.fnUntraced(function* (write: Write, body: Json, waits: boolean, unknown: Before) {
  const communication = yield* Communication
  const { servicenow } = yield* Breakers
  const name = writeName(write)
  const known = yield* beforeOf(name)
  if (waits || known !== undefined) {
    if (servicenow.way() === "shut") return yield* new Suspended()
    yield* communication.record([{ _tag: "WriteIntended", at: yield* Clock.currentTimeMillis, write: name }])
  }
  const outcome = yield* updateCase(write, body, known ?? (waits ? "later" : unknown))
  return "wait" in outcome ? yield* hold(outcome.wait) : outcome
})
