import { Effect } from "effect"

import { idField } from "../../domain/outbound/caseKey.ts"
import { type AttemptReason, Unreadable } from "../../domain/vendor/failureReasons.ts"
import type { AttemptState, CaseRecord } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt } from "./attempt.ts"
import { caseTable } from "./cases.ts"
import { encodedQuery, tablePath, readRows } from "./tableQuery.ts"
import { nameOf, type TableRow, textOf, timeOf } from "./tableRow.ts"

const systemFields = "sys_created_by,sys_created_on,sys_updated_by,sys_updated_on"

const readParameters = (keyField: string) => ({
  sysparm_fields: ["sys_id,number,state,assignment_group,priority", ...new Set([idField, keyField]), systemFields].join(
    ","
  ),
  sysparm_display_value: "false",
  sysparm_exclude_reference_link: "true"
})

/**
 * ServiceNow's maximum length of `number`. A longer value is not a number, and an event's text may be of any length.
 */
const longestNumber = 40

/** How to read one Case, and which field verifies that a row is that Case. */
interface Lookup {
  readonly field: "sys_id" | "number"
  readonly path: string
}

/** `undefined` for a value that is neither a sys_id nor a number, or may not enter a query (SPEC 3.4). */
const lookupOf = (value: string, keyField: string): Lookup | undefined => {
  const common = readParameters(keyField)
  if (/^[0-9a-f]{32}$/i.test(value)) {
    return { field: "sys_id", path: tablePath(caseTable, { sysId: value.toLowerCase(), parameters: common }) }
  }
  const query = value.length > longestNumber ? undefined : encodedQuery([{ field: "number", operator: "=", value }])
  if (query === undefined) return undefined
  const parameters = { sysparm_query: query, ...common, sysparm_limit: "10" }
  return { field: "number", path: tablePath(caseTable, { parameters }) }
}

const recordOf = (row: TableRow, keyField: string): CaseRecord => {
  const [createdBy, updatedBy] = [textOf(row.sys_created_by), textOf(row.sys_updated_by)]
  const [createdAt, updatedAt] = [timeOf(row.sys_created_on), timeOf(row.sys_updated_on)]
  return {
    sysId: nameOf(row.sys_id),
    number: nameOf(row.number),
    state: textOf(row.state),
    assignmentGroup: textOf(row.assignment_group),
    correlationId: textOf(row[idField]),
    ...(keyField !== idField && { key: textOf(row[keyField]) }),
    priority: textOf(row.priority),
    ...(createdBy !== "" && { createdBy }),
    ...(updatedBy !== "" && { updatedBy }),
    ...(createdAt !== undefined && { createdAt }),
    ...(updatedAt !== undefined && { updatedAt })
  }
}

/** `ServiceNow.readCase` (SPEC 8.2, 8.8). */
export const makeReadCase = (attempt: Attempt, settings: Settings["Service"]) => {
  const { keyField } = settings.serviceNow
  const readRow = Effect.fnUntraced(function* (
    path: string,
    attemptState: AttemptState
  ): Effect.fn.Return<ReadonlyArray<TableRow>, AttemptReason> {
    const { result, status } = yield* attempt({ method: "GET", path }, attemptState)
    return isObject(result) ? [result] : yield* new Unreadable({ status, detail: "result não é um registro" })
  })

  const read = ({ field, path }: Lookup, attemptState: AttemptState) =>
    (field === "sys_id" ? readRow(path, attemptState) : readRows(attempt, attemptState, { path })).pipe(
      // A record that does not exist, or on some releases a list without rows.
      Effect.catchTag("Refused", (refused) => (refused.status === 404 ? Effect.succeed([]) : Effect.fail(refused)))
    )

  return Effect.fnUntraced(function* (idOrNumber: string, attemptState: AttemptState) {
    const value = idOrNumber.trim()
    const lookup = lookupOf(value, keyField)
    if (lookup === undefined) {
      yield* Effect.logWarning("readCase: neither a sys_id nor a Case number, lookup skipped")
      return undefined
    }
    const rows = yield* read(lookup, attemptState)
    const match = rows.find((row) => nameOf(row[lookup.field]).toLowerCase() === value.toLowerCase())
    const record = match && recordOf(match, keyField)
    return record === undefined || record.sysId === "" ? undefined : record
  })
}
