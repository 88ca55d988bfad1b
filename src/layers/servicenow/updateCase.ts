import { Effect, Clock, Result } from "effect"

import type { Json } from "../../domain/record/ChannelResult.ts"
import { isFinal } from "../../domain/vendor/failure.ts"
import { Refused, Unreadable } from "../../domain/vendor/failureReasons.ts"
import { type Claim, CurrentClaim } from "../../services/Ownership.ts"
import type { CaseUpdate, UpdatedCase } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, AttemptReason, Turn } from "./attempt.ts"
import { type Looked, doubtOf, settle } from "./createOnce.ts"
import { caseTable } from "./openCase.ts"
import { makePace, type Pace } from "./retry.ts"
import { tablePath } from "./tableQuery.ts"
import { textOf, echoAvisos } from "./tableRow.ts"

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
export const timesWritten = (journal: string, note: string): number => {
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
const unknowable: Looked<never> = {
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
const makeLookForNote =
  (attempt: Attempt) =>
  ({ note, sysId, writtenBefore }: SoughtNote, turn: Turn): Effect.Effect<Looked<NoteFound>, AttemptReason> =>
    attempt({ method: "GET", path: notesPath(sysId) }, turn).pipe(
      Effect.map(({ result }): Looked<NoteFound> => {
        if (!isObject(result) || !("work_notes" in result)) return unknowable
        const times = timesWritten(textOf(result.work_notes), note)
        return times > writtenBefore ? { _tag: "Found", found: "written" } : { _tag: "None" }
      }),
      Effect.catchTag("Refused", (refused): Effect.Effect<Looked<NoteFound>, Refused> => {
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
  const lookForNote = makeLookForNote(attempt)

  const patch = Effect.fnUntraced(function* (
    sysId: string,
    body: Json,
    turn: Turn,
    onSending: Effect.Effect<void, Outdated>
  ): Effect.fn.Return<UpdatedCase, AttemptReason | Outdated> {
    const call = { method: "PATCH", path: tablePath(caseTable, { sysId }), body, onSending } as const
    const { result, status } = yield* attempt(call, turn)
    if (!isObject(result)) return yield* new Unreadable({ status, detail: "result não é um registro" })
    return { status, avisos: echoAvisos("Case", body, result) }
  })

  /** What is still to be written after attempts that may be running until `until`. */
  const remaining = Effect.fnUntraced(function* (pace: Pace, input: CaseUpdate<unknown>, body: Json, until: number) {
    const note = body.work_notes
    if (typeof note !== "string" || note.trim() === "") return body
    const { sysId, writtenBefore = 0 } = input
    const found = yield* settle(pace, until, (turn) => lookForNote({ sysId, note, writtenBefore }, turn))
    if (found instanceof Refused) return yield* found
    if (found === undefined) return body
    // A PATCH is carried out whole; fields are written again only where nobody else changes them.
    return input.stillStands === undefined ? withoutNote(body) : {}
  })

  /** A PATCH of an earlier call, or of another process, may be running until then; where that is over, one look will do. */
  const inDoubtUntil = ({ intendedAt = -Infinity }: CaseUpdate<unknown>, claim: Claim) =>
    Math.max(intendedAt, claim.since) + timeout

  return Effect.fnUntraced(function* <E>(input: CaseUpdate<E>) {
    yield* annotated(() => ({ [attribute.caseSysId]: input.sysId }))
    const pace = makePace("updateCase", settings)
    let body = input.body
    // Until when a PATCH may be running that can have written the note; `undefined` while there was none.
    let doubt = input.inDoubt ? inDoubtUntil(input, yield* CurrentClaim) : undefined
    for (let immediate = doubt === undefined; ; immediate = false) {
      if (doubt !== undefined) body = yield* Effect.mapError(remaining(pace, input, body, doubt), pace.failure)
      if (Object.keys(body).length === 0) return written
      if (!immediate && input.stillStands !== undefined) yield* input.stillStands
      const readAt = yield* Clock.currentTimeMillis
      let sentAt = 0
      const onSending = Effect.flatMap(Clock.currentTimeMillis, (at) => {
        if (input.stillStands !== undefined && at - readAt > standsFor)
          return Effect.fail<Outdated>({ _tag: "Outdated" })
        sentAt = at
        return Effect.void
      })
      const outcome = yield* Effect.result(patch(input.sysId, body, pace.begin(), onSending))
      if (Result.isSuccess(outcome)) return outcome.success
      const reason = outcome.failure
      if (reason._tag === "Outdated") {
        pace.unsent()
        continue
      }
      const left = doubtOf(reason)
      if (left !== "none") doubt = left === "running" ? sentAt + timeout : 0
      if (yield* pace.another(reason)) continue
      if (doubt !== undefined) body = yield* Effect.orElseSucceed(remaining(pace, input, body, doubt), () => body)
      return Object.keys(body).length === 0 ? written : yield* pace.failure(reason)
    }
  }, traced("ServiceNow.updateCase"))
}
