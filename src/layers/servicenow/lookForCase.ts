import { Effect } from "effect"

import { isObject } from "../http/readJson.ts"
import type { Attempt, AttemptReason, Turn } from "./attempt.ts"
import { encodedQuery, tablePath } from "./encodedQuery.ts"
import { type Held, heldBy } from "./held.ts"
import { readRows } from "./readRows.ts"
import { byAge, type Row, textOf } from "./row.ts"
import type { Looked } from "./settle.ts"

export const caseTable = "sn_customerservice_case"

/** The Case's field for the correlation id. */
export const idField = "u_id_correlacao"

export interface FoundCase {
  readonly sysId: string
  readonly number: string
  readonly held: Held
  /** How many Cases carry the id. */
  readonly count: number
}

const unknowable: Looked<never> = {
  _tag: "Unknowable",
  detail: `a instância responde sem ${idField}: não há como saber se o Case foi criado`
}
const none: Looked<never> = { _tag: "None" }

const readCases = (attempt: Attempt, turn: Turn, query: Readonly<Record<string, string>>) =>
  readRows(attempt, turn, {
    path: tablePath(caseTable, {
      parameters: {
        ...query,
        sysparm_fields: `sys_id,number,${idField},sys_created_on,state,assignment_group`,
        sysparm_limit: "10"
      }
    })
  })

const carrying = (rows: ReadonlyArray<Row>, id: string): FoundCase | undefined => {
  const own = rows.filter((row) => textOf(row[idField]) === id && textOf(row.sys_id) && textOf(row.number)).sort(byAge)
  const [oldest] = own
  return (
    oldest && { sysId: textOf(oldest.sys_id), number: textOf(oldest.number), held: heldBy(oldest), count: own.length }
  )
}

/**
 * Looks for the Case of a correlation id; only one that carries the very id counts (SPEC 4.3).
 *
 * An instance without the field answers in one of two ways. By default it ignores the condition and returns strangers, and
 * leaves the unknown field out of them: then nothing can be known. With `glide.invalid_query.returns_no_rows` it returns no
 * rows, which looks like "there is none"; so an empty answer counts only when the field has been seen: in any row since the
 * start, or in one read without a condition. A table without any row holds no Case either.
 */
export const makeLookForCase = (attempt: Attempt) => {
  let seen = false
  const noteField = (rows: ReadonlyArray<unknown>) => {
    seen = seen || rows.some((row) => isObject(row) && idField in row)
  }

  const look = Effect.fnUntraced(function* (
    id: string,
    turn: Turn
  ): Effect.fn.Return<Looked<FoundCase>, AttemptReason> {
    const query = encodedQuery([{ field: idField, operator: "=", value: id }])
    if (query === undefined) return unknowable
    const rows = yield* readCases(attempt, turn, { sysparm_query: query })
    noteField(rows)
    const found = carrying(rows, id)
    if (found !== undefined) return { _tag: "Found", found }
    if (rows.length > 0) return rows.some((row) => idField in row) ? none : unknowable
    if (seen) return none
    const any = yield* readCases(attempt, turn, {})
    noteField(any)
    return seen || any.length === 0 ? none : unknowable
  })

  /** `noteField` learns from other answers of the instance that the field is there. */
  return { look, noteField }
}
