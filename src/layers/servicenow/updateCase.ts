import { Cause, Effect, Result } from "effect"

import { judgeNotes, type SoughtNote } from "../../domain/communication/noteLook.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { epochOf, monotonicMillis, monotonicOf } from "../../domain/values/monotonicTime.ts"
import { Refused, type ServiceNowReason, Unreadable } from "../../domain/vendor/failureReasons.ts"
import { writeAmbiguityOf } from "../../domain/vendor/writeAmbiguity.ts"
import type { CaseUpdate, UpdatedCase } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, AttemptReason, AttemptState } from "./attempt.ts"
import { foreignAppearsUntil, type IsAnswer, type LookResult, makeIsAnswer, pollUntilKnown } from "./createOnce.ts"
import { caseTable } from "./openCase.ts"
import { makeRetryBudget, type RetryBudget } from "./retry.ts"
import { SentHere } from "./SentHere.ts"
import { tablePath } from "./tableQuery.ts"
import { notEchoed, type TableRow, textOf, verifyStored } from "./tableRow.ts"

const notesPath = (sysId: string, fields: string) =>
  tablePath(caseTable, { sysId, parameters: { sysparm_display_value: "true", sysparm_fields: `sys_id,${fields}` } })

/** Shows whether the Case has been changed since its insert, and by whom. */
const changeFields = "sys_mod_count,sys_created_by,sys_updated_by"

/** The Case may have the note, but its notes cannot be read (SPEC 6.2). Writing the note again is not an option. */
const unknowable: LookResult<never> = {
  _tag: "Unknowable",
  detail: "as work_notes do Case não podem ser lidas; a nota pode já estar nele"
}

/** What ends the search: the note is there, or the Case no longer exists and its refusal is the result. */
export type NoteFound = "written" | Refused

const none: LookResult<never> = { _tag: "None" }

const judged = (row: TableRow, sought: SoughtNote): LookResult<NoteFound> => {
  const found = judgeNotes(
    {
      journal: textOf(row.work_notes),
      changes: textOf(row.sys_mod_count),
      createdBy: textOf(row.sys_created_by),
      updatedBy: textOf(row.sys_updated_by)
    },
    sought
  )
  return found === "there" ? { _tag: "Found", found: "written" } : found === "none" ? none : unknowable
}

/** Looks once for a note that a doubtful PATCH may have written (SPEC 6.2). */
const makeFindNote =
  (attempt: Attempt) =>
  (
    sysId: string,
    sought: SoughtNote,
    attemptState: AttemptState,
    isAnswer: IsAnswer
  ): Effect.Effect<LookResult<NoteFound>, AttemptReason> => {
    const fields = sought.proof === undefined ? "work_notes" : `work_notes,${changeFields}`
    return attempt({ method: "GET", path: notesPath(sysId, fields) }, attemptState).pipe(
      Effect.map(({ result }) =>
        !isObject(result) || !("work_notes" in result) ? unknowable : judged(result, sought)
      ),
      Effect.catchTag("Refused", (refused): Effect.Effect<LookResult<NoteFound>, Refused> => {
        if (refused.status === 404) return Effect.succeed({ _tag: "Found", found: refused })
        return isAnswer(refused) ? Effect.succeed(unknowable) : Effect.fail(refused)
      })
    )
  }

/**
 * Milliseconds for which a read Case is current. A PATCH that waited longer, for a slot or a breaker, reads it again.
 */
const maxCaseAge = 10_000

/** The PATCH waited so long that the Case must be read again first. Nothing was sent. */
interface Outdated {
  readonly _tag: "Outdated"
}

const withoutNote = (body: Json): Json => {
  const { work_notes: _, ...fields } = body
  return fields
}

/** The result when nothing is left to write because the note is already there. */
const nothingLeft: UpdatedCase = { status: 200, avisos: [], found: true }

/** `ServiceNow.updateCase` (SPEC 4.5, 6.2). */
export const makeUpdateCase = (attempt: Attempt, settings: Settings["Service"]) => {
  const { timeout } = settings.serviceNow
  const findNote = makeFindNote(attempt)
  const sentHere = new SentHere()

  const patch = Effect.fnUntraced(function* (
    sysId: string,
    body: Json,
    attemptState: AttemptState,
    onSending: Effect.Effect<void, Outdated>
  ): Effect.fn.Return<UpdatedCase, AttemptReason | Outdated> {
    const call = { method: "PATCH", path: tablePath(caseTable, { sysId }), body, onSending } as const
    const { result, status } = yield* attempt(call, attemptState)
    if (!isObject(result)) return yield* new Unreadable({ status, detail: "result não é um registro" })
    const unseen = notEchoed(body, result)
    return { status, avisos: verifyStored("Case", body, result), ...(unseen.length > 0 && { notEchoed: unseen }) }
  })

  /** The fields still to be written after attempts that may be running until `until`. */
  const remaining = Effect.fnUntraced(function* (
    retryBudget: RetryBudget,
    input: CaseUpdate<unknown>,
    body: Json,
    until: number
  ) {
    const note = body.work_notes
    if (typeof note !== "string" || note.trim() === "") return body
    const { proof, sysId, writtenBefore = 0 } = input
    const isAnswer = makeIsAnswer()
    const found = yield* pollUntilKnown(retryBudget, until, (attemptState) =>
      findNote(sysId, { note, writtenBefore, proof }, attemptState, isAnswer)
    )
    if (found instanceof Refused) return yield* found
    if (found === undefined) return body
    // A PATCH is carried out as a whole. Fields are written again only where no one else changes them.
    return input.failIfCaseChanged === undefined ? withoutNote(body) : {}
  })

  /**
   * Until when the note of an earlier call may appear. After that time one lookup is enough. Of a call of this process
   * that is known exactly. Only a PATCH that another process may have begun has an `intendedAt`.
   */
  const doubtEndOf = Effect.fnUntraced(function* ({ appearsUntil, intendedAt }: CaseUpdate<unknown>, key: string) {
    const known = appearsUntil === undefined ? -Infinity : yield* monotonicOf(appearsUntil)
    const own = Math.max(known, sentHere.appearsUntil(key))
    if (intendedAt === undefined) return own
    return Math.max(own, yield* foreignAppearsUntil(settings, yield* monotonicOf(intendedAt)))
  })

  /** Makes one PATCH and returns its outcome, and until when its note may appear. Its last byte left before its end. */
  const patchOnce = (key: string, patching: Effect.Effect<UpdatedCase, AttemptReason | Outdated>) =>
    Effect.gen(function* () {
      // A defect hides whether the PATCH was sent and what became of it. An interruption comes only before it is sent.
      const unknown = Effect.map(monotonicMillis, (now) => sentHere.add(key, now + timeout, now))
      const outcome = yield* Effect.result(patching).pipe(
        Effect.onError((cause) => (Cause.hasDies(cause) ? unknown : Effect.void))
      )
      if (Result.isSuccess(outcome)) {
        sentHere.delete(key)
        return { outcome, doubtUntil: undefined }
      }
      const ambiguity = outcome.failure._tag === "Outdated" ? "none" : writeAmbiguityOf(outcome.failure)
      if (ambiguity === "none") return { outcome, doubtUntil: undefined }
      const now = yield* monotonicMillis
      const doubtUntil = ambiguity === "running" ? now + timeout : -Infinity
      sentHere.add(key, doubtUntil, now)
      return { outcome, doubtUntil }
    }).pipe(Effect.uninterruptible)

  /** Fails the operation, and says until when its PATCH may still take effect (SPEC 9.2). */
  const failed = (retryBudget: RetryBudget, reason: ServiceNowReason, doubtUntil: number) =>
    Effect.flatMap(epochOf(doubtUntil), (appearsUntil) => Effect.fail(retryBudget.failure(reason, appearsUntil)))

  return Effect.fnUntraced(function* <E>(input: CaseUpdate<E>) {
    yield* annotated(() => ({ [attribute.caseSysId]: input.sysId }))
    const retryBudget = makeRetryBudget("updateCase", settings, input.sysId)
    let body = input.body
    const key = `${input.sysId}\n${textOf(body.work_notes)}`
    // Until when a PATCH that may have written the note can be running. `undefined` while there was none.
    let doubtUntil = input.inDoubt ? yield* doubtEndOf(input, key) : undefined
    for (let immediate = doubtUntil === undefined && input.later !== true; ; immediate = false) {
      if (doubtUntil !== undefined) {
        const until = doubtUntil
        body = yield* Effect.catch(remaining(retryBudget, input, body, until), (reason) =>
          failed(retryBudget, reason, until)
        )
      }
      if (Object.keys(body).length === 0) return nothingLeft
      if (!immediate && input.failIfCaseChanged !== undefined) yield* input.failIfCaseChanged
      const readAt = yield* monotonicMillis
      const onSending = Effect.flatMap(monotonicMillis, (at) =>
        input.failIfCaseChanged !== undefined && at - readAt > maxCaseAge
          ? Effect.fail<Outdated>({ _tag: "Outdated" })
          : Effect.void
      )
      const patching = patch(input.sysId, body, retryBudget.begin(), onSending)
      const { doubtUntil: until, outcome } = yield* patchOnce(key, patching)
      if (Result.isSuccess(outcome)) return outcome.success
      const reason = outcome.failure
      if (reason._tag === "Outdated") {
        retryBudget.unsent()
        continue
      }
      doubtUntil = until ?? doubtUntil
      if (yield* retryBudget.mayRetry(reason)) continue
      if (doubtUntil === undefined) return yield* retryBudget.failure(reason)
      const over = doubtUntil
      body = yield* Effect.catch(remaining(retryBudget, input, body, over), (failure) =>
        failed(retryBudget, failure._tag === "HeldBack" ? failure : reason, over)
      )
      return Object.keys(body).length === 0 ? nothingLeft : yield* retryBudget.failure(reason)
    }
  }, traced("ServiceNow.updateCase"))
}
