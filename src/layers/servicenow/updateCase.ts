import { Effect, Clock, Result } from "effect"

import type { Json } from "../../domain/record/ChannelResult.ts"
import { isFinal } from "../../domain/vendor/failure.ts"
import { Refused, Unreadable } from "../../domain/vendor/failureReasons.ts"
import { type Lease, CurrentLease } from "../../services/Ownership.ts"
import type { CaseUpdate, UpdatedCase } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, AttemptReason, AttemptState } from "./attempt.ts"
import { type LookResult, writeAmbiguityOf, pollUntilKnown } from "./createOnce.ts"
import { caseTable } from "./openCase.ts"
import { makeRetryBudget, type RetryBudget } from "./retry.ts"
import { tablePath } from "./tableQuery.ts"
import { textOf, verifyStored } from "./tableRow.ts"

/** `2025-09-30 12:30:02 - João Silva (Work notes)`; date, name and label are as the API user sees them. */
const header = /^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[ T]\d{1,2}[:.]\d{2}.* - .*\(.*\)$/

/** Blank lines and the spaces around lines are the journal's layout as often as a note's own. */
const linesOf = (text: string): ReadonlyArray<string> =>
  text
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")

/**
 * How many entries of the journal (read with `sysparm_display_value=true`) are this very note (SPEC 6.2); in one without
 * readable headers, how often it has the note's lines. 0 for a blank note. The note is compared line by line, not the journal cut at its
 * headers: a customer's text may look like one.
 */
export const countNoteEntries = (journal: string, note: string): number => {
  const lines = linesOf(journal)
  const wanted = linesOf(note)
  if (wanted.length === 0) return 0
  const isHeader = (at: number) => header.test(lines[at] ?? "")
  const headed = lines.some((_, at) => isHeader(at))
  const isEntry = (from: number, to: number) => !headed || (isHeader(from - 1) && (to === lines.length || isHeader(to)))
  let times = 0
  for (let at = 0; at < lines.length; at++) {
    const end = at + wanted.length
    if (!wanted.every((line, offset) => lines[at + offset] === line) || !isEntry(at, end)) continue
    times += 1
    at = end - 1
  }
  return times
}

const notesPath = (sysId: string) =>
  tablePath(caseTable, {
    sysId,
    parameters: { sysparm_display_value: "true", sysparm_fields: "sys_id,work_notes" }
  })

/** The Case may have the note and cannot be asked (SPEC 6.2): writing it again is not an option. */
const unknowable: LookResult<never> = {
  _tag: "Unknowable",
  detail: "as work_notes do Case não podem ser lidas; a nota pode já estar nele"
}

export interface SoughtNote {
  readonly sysId: string
  readonly note: string
  /** How often the Case holds it anyway. */
  readonly writtenBefore: number
}

/** What ends the search: the note is there, or the Case is gone and the refusal says so. */
export type NoteFound = "written" | Refused

/** One look for a note that a doubtful PATCH may have written (SPEC 6.2). */
const makeFindNote =
  (attempt: Attempt) =>
  (
    { note, sysId, writtenBefore }: SoughtNote,
    turn: AttemptState
  ): Effect.Effect<LookResult<NoteFound>, AttemptReason> =>
    attempt({ method: "GET", path: notesPath(sysId) }, turn).pipe(
      Effect.map(({ result }): LookResult<NoteFound> => {
        if (!isObject(result) || !("work_notes" in result)) return unknowable
        const times = countNoteEntries(textOf(result.work_notes), note)
        return times > writtenBefore ? { _tag: "Found", found: "written" } : { _tag: "None" }
      }),
      Effect.catchTag("Refused", (refused): Effect.Effect<LookResult<NoteFound>, Refused> => {
        if (refused.status === 404) return Effect.succeed({ _tag: "Found", found: refused })
        return isFinal(refused) ? Effect.succeed(unknowable) : Effect.fail(refused)
      })
    )

/** Milliseconds for which a Case that was read stands: a PATCH that had to wait longer, for a slot or a breaker, reads again. */
const standsFor = 10_000

/** It had to wait for so long that the Case must be read again first: nothing was sent. */
interface Outdated {
  readonly _tag: "Outdated"
}

const withoutNote = (body: Json): Json => {
  const { work_notes: _, ...fields } = body
  return fields
}

/** The note was all there was to write, and it is there. */
const written: UpdatedCase = { status: 200, avisos: [] }

/** `ServiceNow.updateCase` (SPEC 4.5, 6.2). */
export const makeUpdateCase = (attempt: Attempt, settings: Settings["Service"]) => {
  const { timeout } = settings.serviceNow
  const findNote = makeFindNote(attempt)

  const patch = Effect.fnUntraced(function* (
    sysId: string,
    body: Json,
    turn: AttemptState,
    onSending: Effect.Effect<void, Outdated>
  ): Effect.fn.Return<UpdatedCase, AttemptReason | Outdated> {
    const call = { method: "PATCH", path: tablePath(caseTable, { sysId }), body, onSending } as const
    const { result, status } = yield* attempt(call, turn)
    if (!isObject(result)) return yield* new Unreadable({ status, detail: "result não é um registro" })
    return { status, avisos: verifyStored("Case", body, result) }
  })

  /** What is still to be written after attempts that may be running until `until`. */
  const remaining = Effect.fnUntraced(function* (
    retryBudget: RetryBudget,
    input: CaseUpdate<unknown>,
    body: Json,
    until: number
  ) {
    const note = body.work_notes
    if (typeof note !== "string" || note.trim() === "") return body
    const { sysId, writtenBefore = 0 } = input
    const found = yield* pollUntilKnown(retryBudget, until, (turn) => findNote({ sysId, note, writtenBefore }, turn))
    if (found instanceof Refused) return yield* found
    if (found === undefined) return body
    // A PATCH is carried out whole; fields are written again only where nobody else changes them.
    return input.failIfCaseChanged === undefined ? withoutNote(body) : {}
  })

  /** A PATCH of an earlier call, or of another process, may be running until then; where that is over, one look will do. */
  const inDoubtUntil = ({ intendedAt = -Infinity }: CaseUpdate<unknown>, lease: Lease) =>
    Math.max(intendedAt, lease.validFrom) + timeout

  return Effect.fnUntraced(function* <E>(input: CaseUpdate<E>) {
    yield* annotated(() => ({ [attribute.caseSysId]: input.sysId }))
    const retryBudget = makeRetryBudget("updateCase", settings)
    let body = input.body
    // Until when a PATCH may be running that can have written the note; `undefined` while there was none.
    let doubt = input.inDoubt ? inDoubtUntil(input, yield* CurrentLease) : undefined
    for (let immediate = doubt === undefined; ; immediate = false) {
      if (doubt !== undefined)
        body = yield* Effect.mapError(remaining(retryBudget, input, body, doubt), retryBudget.failure)
      if (Object.keys(body).length === 0) return written
      if (!immediate && input.failIfCaseChanged !== undefined) yield* input.failIfCaseChanged
      const readAt = yield* Clock.currentTimeMillis
      let sentAt = 0
      const onSending = Effect.flatMap(Clock.currentTimeMillis, (at) => {
        if (input.failIfCaseChanged !== undefined && at - readAt > standsFor)
          return Effect.fail<Outdated>({ _tag: "Outdated" })
        sentAt = at
        return Effect.void
      })
      const outcome = yield* Effect.result(patch(input.sysId, body, retryBudget.begin(), onSending))
      if (Result.isSuccess(outcome)) return outcome.success
      const reason = outcome.failure
      if (reason._tag === "Outdated") {
        retryBudget.unsent()
        continue
      }
      const left = writeAmbiguityOf(reason)
      if (left !== "none") doubt = left === "running" ? sentAt + timeout : 0
      if (yield* retryBudget.mayRetry(reason)) continue
      if (doubt !== undefined)
        body = yield* Effect.orElseSucceed(remaining(retryBudget, input, body, doubt), () => body)
      return Object.keys(body).length === 0 ? written : yield* retryBudget.failure(reason)
    }
  }, traced("ServiceNow.updateCase"))
}
