import { Effect, Result } from "effect"

import type { Json } from "../../domain/Canal.ts"
import { type CaseUpdate, Indeterminate, Unreadable, type UpdatedCase } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { isObject } from "../http/readJson.ts"
import type { Attempt, AttemptReason } from "./attempt.ts"
import { doubtOf } from "./doubt.ts"
import { echoAvisos } from "./echo.ts"
import { tablePath } from "./encodedQuery.ts"
import { caseTable } from "./lookForCase.ts"
import { isFinal, makePace, retrying } from "./retry.ts"
import { textOf } from "./row.ts"
import { hasNote } from "./workNotes.ts"

const notesPath = (sysId: string) =>
  tablePath(caseTable, {
    sysId,
    parameters: { sysparm_display_value: "true", sysparm_fields: "sys_id,work_notes" }
  })

const withoutNote = (body: Json): Json => {
  const { work_notes: _, ...fields } = body
  return fields
}

/** The note was all there was to write, and it is there. */
const written: UpdatedCase = { status: 200, avisos: [] }

/** The Case may have the note and cannot be asked (SPEC 6.2): writing it again is not an option. */
const unknowable = new Indeterminate({ detail: "as work_notes do Case não podem ser lidas; a nota pode já estar nele" })

/** `ServiceNow.updateCase` (SPEC 4.5, 6.2). */
export const makeUpdateCase = (attempt: Attempt, settings: Settings["Service"]) => {
  const readNotes = Effect.fnUntraced(function* (sysId: string, number: number) {
    const { result } = yield* attempt({ method: "GET", path: notesPath(sysId) }, number)
    return isObject(result) && "work_notes" in result ? textOf(result.work_notes) : undefined
  })

  const patch = Effect.fnUntraced(function* (
    sysId: string,
    body: Json,
    number: number
  ): Effect.fn.Return<UpdatedCase, AttemptReason> {
    const { result, status } = yield* attempt({ method: "PATCH", path: tablePath(caseTable, { sysId }), body }, number)
    if (!isObject(result)) return yield* new Unreadable({ status, detail: "result não é um registro" })
    return { status, avisos: echoAvisos("Case", body, result) }
  })

  /** What is still to be written when an earlier attempt may have been carried out. */
  const remaining = Effect.fnUntraced(function* ({ body, sysId }: CaseUpdate) {
    if (typeof body.work_notes !== "string" || body.work_notes.trim() === "") return body
    const pace = makePace("updateCase", settings)
    const journal = yield* Effect.mapError(
      retrying(pace, (number) => readNotes(sysId, number)),
      (error) => {
        const { reason } = error
        const refused = reason._tag === "Refused" && isFinal(reason) && reason.status !== 404
        return refused ? pace.failure(unknowable) : error
      }
    )
    if (journal === undefined) return yield* pace.failure(unknowable)
    return hasNote(journal, body.work_notes) ? withoutNote(body) : body
  })

  return Effect.fn("ServiceNow.updateCase")(function* (input: CaseUpdate) {
    yield* Effect.annotateCurrentSpan(attribute.caseSysId, input.sysId)
    const pace = makePace("updateCase", settings)
    let inDoubt = input.inDoubt
    for (;;) {
      const body = inDoubt ? yield* remaining(input) : input.body
      if (Object.keys(body).length === 0) return written
      const outcome = yield* Effect.result(patch(input.sysId, body, pace.begin()))
      if (Result.isSuccess(outcome)) return outcome.success
      const reason = outcome.failure
      inDoubt = inDoubt || doubtOf(reason) !== "none"
      if (yield* pace.another(reason)) continue
      const rest = inDoubt ? yield* Effect.orElseSucceed(remaining(input), () => body) : body
      return Object.keys(rest).length === 0 ? written : yield* pace.failure(reason)
    }
  })
}
