import { Effect } from "effect"

import type { LookedCase } from "../../domain/communication/noteLook.ts"
import type { CaseKey } from "../../domain/outbound/caseKey.ts"
import type { CaseRow, LookAnswer } from "../../domain/outbound/caseLook.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { type AttemptReason, type OutageReason, Unreadable } from "../../domain/vendor/failureReasons.ts"
import type { AttemptState, PostedCase, PatchedCase } from "../../services/ServiceNow.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, Send } from "./attempt.ts"
import { encodedQuery, readPage, tablePath } from "./tableQuery.ts"
import { caseRow, nameOf, notEchoed, textOf, verifyStored } from "./tableRow.ts"

export const caseTable = "sn_customerservice_case"

/**
 * A look asks for two Cases. The limit leaves room for a second Case with our key, and for rows of an ignored query.
 */
const limit = 10

const fieldsOf = (keyField: string) => `sys_id,number,${keyField},sys_created_on,state,assignment_group`

/** `ServiceNow.lookForCase` (SPEC 4.3). */
export const makeLookForCase = (attempt: Attempt) =>
  Effect.fnUntraced(function* (
    key: CaseKey,
    control: CaseKey | undefined,
    attemptState: AttemptState
  ): Effect.fn.Return<LookAnswer<CaseRow> | undefined, AttemptReason> {
    const wanted = [key, ...(control === undefined ? [] : [control])]
    const query = encodedQuery(wanted.map(({ field, value }) => ({ field, operator: "=" as const, value })))
    if (query === undefined) return undefined
    const path = tablePath(caseTable, {
      parameters: { sysparm_query: query, sysparm_fields: fieldsOf(key.field), sysparm_limit: String(limit) }
    })
    const { rows, total } = yield* readPage(attempt, attemptState, { path })
    return { rows: rows.map((row) => caseRow(row, key.field)), total, limit }
  })

/** `ServiceNow.readCaseRow` (SPEC 4.3). */
export const makeReadCaseRow =
  (attempt: Attempt) =>
  (sysId: string, keyField: string, attemptState: AttemptState): Effect.Effect<CaseRow | undefined, AttemptReason> => {
    const path = tablePath(caseTable, { sysId, parameters: { sysparm_fields: fieldsOf(keyField) } })
    return Effect.map(attempt({ method: "GET", path }, attemptState), ({ result }) =>
      isObject(result) && nameOf(result.sys_id) === sysId ? caseRow(result, keyField) : undefined
    )
  }

/** `WriteSlot.createCase` (SPEC 4.1). */
export const createCase = (send: Send, body: Json): Effect.Effect<PostedCase, OutageReason> =>
  Effect.map(send({ method: "POST", path: tablePath(caseTable), body }), ({ result, status }) => {
    const row = isObject(result) ? result : {}
    return { status, row: caseRow(row), hasRecord: isObject(result), avisos: verifyStored("Case", body, row) }
  })

/** `WriteSlot.patchCase` (SPEC 4.5, 6.2). */
export const patchCase = Effect.fnUntraced(function* (
  send: Send,
  sysId: string,
  body: Json
): Effect.fn.Return<PatchedCase, OutageReason> {
  const { result, status } = yield* send({ method: "PATCH", path: tablePath(caseTable, { sysId }), body })
  if (!isObject(result)) return yield* new Unreadable({ status, detail: "result não é um registro" })
  const unseen = notEchoed(body, result)
  return { status, avisos: verifyStored("Case", body, result), ...(unseen.length > 0 && { notEchoed: unseen }) }
})

/** Shows whether the Case has been changed since its insert, and by whom. */
const changeFields = "sys_mod_count,sys_created_by,sys_updated_by"

const notesPath = (sysId: string, fields: string) =>
  tablePath(caseTable, { sysId, parameters: { sysparm_display_value: "true", sysparm_fields: `sys_id,${fields}` } })

/** `ServiceNow.readNotes` (SPEC 6.2). */
export const makeReadNotes =
  (attempt: Attempt) =>
  (
    sysId: string,
    withChanges: boolean,
    attemptState: AttemptState
  ): Effect.Effect<LookedCase | undefined, AttemptReason> => {
    const path = notesPath(sysId, withChanges ? `work_notes,${changeFields}` : "work_notes")
    return Effect.map(attempt({ method: "GET", path }, attemptState), ({ result }) =>
      isObject(result) && "work_notes" in result
        ? {
            journal: textOf(result.work_notes),
            changes: textOf(result.sys_mod_count),
            createdBy: textOf(result.sys_created_by),
            updatedBy: textOf(result.sys_updated_by)
          }
        : undefined
    )
  }
