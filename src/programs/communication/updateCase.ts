import { Clock, Effect } from "effect"

import { changesStanding } from "../../domain/communication/CaseStanding.ts"
import { type Write, writeName } from "../../domain/communication/EventsState.ts"
import type { RefusedPatch } from "../../domain/communication/Fact.ts"
import { attemptsOf } from "../../domain/communication/HeldSteps.ts"
import { caseOf, type State } from "../../domain/communication/State.ts"
import type { Json, Answer } from "../../domain/record/ChannelResult.ts"
import { notesKnownWritten } from "../../domain/rules/agentChanges.ts"
import { refusedPatch } from "../../domain/rules/casePatches.ts"
import { isRefusal, notStoredFailure, serviceNowFailure } from "../../domain/vendor/failure.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { vendorWords } from "../../domain/vendor/vendorWords.ts"
import { Breakers } from "../../services/Breakers.ts"
import type { ServiceNow } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { type CaseChangedByAgent, failIfCaseChanged, readForNote, unstoredFields } from "./caseStanding.ts"
import { CaseUpdates, type UpdatedCase } from "./CaseUpdates.ts"
import { Communication } from "./Communication.ts"
import { hold, Suspended, type Wait } from "./hold.ts"

/** How one PATCH on the Case ended. A failure is an outcome like any other (SPEC 6.3). */
export interface WriteOutcome {
  readonly written: boolean
  readonly response: Answer
  readonly avisos: ReadonlyArray<string>
}

/**
 * The Case could not be written because ServiceNow is unavailable. If anything was sent, `wait` says until when it may
 * take effect.
 */
export interface HeldWrite {
  readonly wait: Wait
  /** The outcome for a write that does not wait. */
  readonly outcome: WriteOutcome
}

/**
 * What earlier runs may have done. `none`: nothing, and the write was decided just now. `later`: nothing, but it has
 * waited. `ended`: an earlier try has completed, and its outcome is known. `died`: an earlier run crashed in the middle
 * of it, perhaps with its process, and its note may still appear. A number: what was sent may take effect until this
 * time, epoch milliseconds.
 */
export type Before = "none" | "later" | "ended" | "died" | number

const notWritten = (response: Answer): WriteOutcome => ({ written: false, response, avisos: [] })

/**
 * True if another process may have begun the write without an outcome, by the facts at the time when this process took
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

/** What proves that a look sees the notes of the Case (SPEC 6.2). */
const proofOf = ({ events: { lastNote } }: State) => (lastNote === undefined ? {} : { note: lastNote })

/**
 * The check before every PATCH: people's changes are not overwritten, and a note does not hide who changed the Case
 * before it.
 */
const beforePatch = (write: Write, body: Json) => {
  if (changesStanding(body)) return failIfCaseChanged(write, body)
  // The Case was read when the close was decided.
  return write.of === "close" ? undefined : readForNote(write)
}

/** `isRead`: the Case was read just now. */
const patchCase = Effect.fnUntraced(function* (write: Write, body: Json, before: Before, isRead = false) {
  const communication = yield* Communication
  const context = yield* Effect.context<Communication | ServiceNow | Settings>()
  const updates = yield* CaseUpdates
  const state = yield* communication.state
  const theCase = caseOf(state)
  if (theCase === undefined) return yield* Effect.die(new Error("a write without a Case"))
  const check = isRead ? undefined : beforePatch(write, body)
  // `CaseUpdates` itself runs the check before every later PATCH.
  if (check !== undefined && before === "none" && write.of !== "close") yield* check
  // A crashed run may not have looked yet for what was sent before its wait.
  const appearsUntil = before === "died" ? state.held.get(writeName(write))?.appearsUntil : before
  return yield* updates.updateCase({
    sysId: theCase.sysId,
    body,
    inDoubt: before !== "none" && before !== "later",
    later: before !== "none",
    writtenBefore: notesKnownWritten(state, body),
    proof: proofOf(state),
    ...(before === "died" &&
      begunElsewhere(communication.inherited, write) && { intendedAt: yield* Clock.currentTimeMillis }),
    ...(typeof appearsUntil === "number" && { appearsUntil }),
    ...(check !== undefined && { beforePatch: Effect.provideContext(check, context) })
  })
})

/** Turns the write into a note for good, durably before that note is written (SPEC 8.8, 8.9). */
const replace = Effect.fnUntraced(function* (write: Write, patch: Json, refused: RefusedPatch | undefined) {
  const communication = yield* Communication
  const at = yield* Clock.currentTimeMillis
  const name = writeName(write)
  yield* communication.record([{ _tag: "WriteCancelled", at, write: name, patch, ...(refused && { refused }) }])
  return yield* patchCase(write, patch, "none", true)
})

/** Skips the write, because people have changed the Case or it may not be read. */
const cancel = Effect.fnUntraced(function* (write: Write, { instead, refused }: CaseChangedByAgent) {
  yield* refused === undefined
    ? Effect.logInfo("Case update skipped: people have changed the Case")
    : Effect.logWarning("Case update skipped: ServiceNow denies reading the Case")
  return yield* replace(write, instead, refused)
})

/** One try of a write. `warn` adds to the `avisos` of its outcome. */
interface Try {
  readonly write: Write
  readonly body: Json
  readonly before: Before
  /** Attempts that were made before it waited. */
  readonly earlier: number
  readonly warn: (avisos: ReadonlyArray<string>) => void
}

/**
 * Writes a note instead of a close or a hand-over that ServiceNow refused or did not store, so the Case still has the
 * answer.
 */
const tellRefusal = Effect.fnUntraced(function* ({ body, write }: Try, response: Answer) {
  yield* Effect.logWarning(`close or hand-over refused, note written instead: ${response.status}`).pipe(
    Effect.annotateLogs(vendorWords(response))
  )
  return yield* replace(write, refusedPatch(body, response), { request: body, response })
})

/** Checks a PATCH that ServiceNow has accepted. A close or a hand-over that was not stored counts as refused. */
const verify = Effect.fnUntraced(function* (one: Try, updated: UpdatedCase) {
  // Later writes may have changed the Case since an earlier try ended.
  if (updated.found === true && one.before === "ended") return updated
  const unstored = yield* unstoredFields(one.body, updated)
  if (unstored.length === 0) return updated
  one.warn(updated.avisos)
  return yield* tellRefusal(one, notStoredFailure(unstored, one.earlier + 1))
})

/** Sends the PATCH. If a close or a hand-over cannot be carried out, only its note is written. */
const patchOrTell = (one: Try) =>
  Effect.matchEffect(patchCase(one.write, one.body, one.before), {
    onSuccess: (updated) => verify(one, updated),
    onFailure: (failure) => {
      if (failure._tag === "CaseChangedByAgent") {
        one.warn(failure.avisos)
        return cancel(one.write, failure)
      }
      if (failure._tag !== "ServiceNowError" || !changesStanding(one.body) || !isRefusal(failure.reason))
        return Effect.fail(failure)
      const { attempts, reason } = failure
      return tellRefusal(one, serviceNowFailure({ reason, attempts: attempts + one.earlier }))
    }
  })

/**
 * Writes the note of a close or a hand-over after its last try, if ServiceNow has answered that try with a failure
 * (SPEC 6.4). A try that may have been carried out gets no note. `outcome` is that of the last try.
 */
export const tellGivenUp = Effect.fnUntraced(function* (write: Write, body: Json, outcome: WriteOutcome) {
  const { response } = outcome
  if (!changesStanding(body) || response.erro?.codigo.startsWith("HTTP_") !== true) return outcome
  return yield* tellRefusal({ write, body, before: "ended", earlier: 0, warn: () => undefined }, response).pipe(
    Effect.map(({ avisos, status }): WriteOutcome => ({ written: true, response: { status }, avisos })),
    Effect.catchTag("ServiceNowError", () => Effect.succeed(outcome)),
    // A note alone never checks whether people have changed the Case.
    Effect.catchTag("CaseChangedByAgent", () => Effect.succeed(outcome))
  )
})

/**
 * Sends one PATCH to the communication's Case and writes its note once (SPEC 6.2). A PATCH that closes the Case or
 * hands it over is never written on a Case that people have changed or ended. It becomes a note, in the facts and on
 * the Case. So does one that ServiceNow refuses (SPEC 8.8, 8.9).
 */
export const updateCase = Effect.fnUntraced(function* (write: Write, body: Json, before: Before) {
  const communication = yield* Communication
  const { held } = yield* communication.state
  const step = writeName(write)
  const earlier = attemptsOf(held, step, 0)
  const warnings: Array<string> = []
  const warn = (avisos: ReadonlyArray<string>) => void warnings.push(...avisos)
  const ended = yield* patchOrTell({ write, body, before, earlier, warn }).pipe(
    Effect.map(({ avisos, status }): WriteOutcome => ({ written: true, response: { status }, avisos })),
    Effect.catchTag("ServiceNowError", (error): Effect.Effect<WriteOutcome | HeldWrite> => {
      const { attempts, reason } = error
      const made = attempts + earlier
      const failure = notWritten(serviceNowFailure({ reason, attempts: made }))
      if (reason._tag !== "HeldBack") {
        const what = write.of === "outcome" ? "note" : "Case"
        const told = Effect.logWarning(`${what} not written: ${error.message}`)
        return Effect.as(Effect.annotateLogs(told, vendorWords(reason)), failure)
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
  return "wait" in ended ? ended : { ...ended, avisos: [...warnings, ...ended.avisos] }
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
 * not sent when it was decided. Its intent is then durable before it is sent, so the next run can recognize a crash of
 * this one. `unknown` is what earlier runs may have done if the facts do not say it.
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
