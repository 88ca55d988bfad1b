import { Effect } from "effect"

import { type Condition, isAskable, conditionValues } from "../../domain/values/queryValue.ts"
import { type AttemptReason, Unreadable } from "../../domain/vendor/failureReasons.ts"
import type { AttemptState } from "../../services/ServiceNow.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt } from "./attempt.ts"
import type { TableRow } from "./tableRow.ts"

/**
 * The encoded query for rows that meet any of the conditions, not yet percent-encoded. `undefined` without a condition,
 * or if a value may not enter a query (SPEC 3.4). It has no order, because an instance may silently refuse one.
 */
export const encodedQuery = (anyOf: ReadonlyArray<Condition>): string | undefined =>
  isAskable(anyOf)
    ? anyOf.map((one) => one.field + one.operator + conditionValues(one).join(",")).join("^OR")
    : undefined

/** Path and query of a table, or of one of its rows, on the Table API. Parameters are percent-encoded. */
export const tablePath = (
  table: string,
  options: { readonly sysId?: string; readonly parameters?: Readonly<Record<string, string>> } = {}
): string => {
  const row = options.sysId === undefined ? "" : `/${encodeURIComponent(options.sysId)}`
  const parameters = Object.entries(options.parameters ?? {}).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`
  )
  return `/api/now/table/${table}${row}${parameters.length === 0 ? "" : `?${parameters.join("&")}`}`
}

/** The rows that the instance shows, and how many it counts if it says so. */
export interface Page {
  readonly rows: ReadonlyArray<TableRow>
  readonly total?: number | undefined
}

/** Makes one attempt to read rows of a table. A `result` that is not a list of rows is `Unreadable`. */
export const readPage = Effect.fnUntraced(function* (
  attempt: Attempt,
  attemptState: AttemptState,
  input: { readonly path: string }
): Effect.fn.Return<Page, AttemptReason> {
  const { result, status, total } = yield* attempt({ method: "GET", path: input.path }, attemptState)
  if (Array.isArray(result) && result.every(isObject)) return { rows: result, total }
  return yield* new Unreadable({ status, detail: "result não é uma lista de registros" })
})

/** The rows of `readPage`. */
export const readRows = (attempt: Attempt, attemptState: AttemptState, input: { readonly path: string }) =>
  Effect.map(readPage(attempt, attemptState, input), ({ rows }) => rows)
