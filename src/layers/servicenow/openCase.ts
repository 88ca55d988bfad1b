import { Effect } from "effect"

import { Unreadable } from "../../domain/vendor/failureReasons.ts"
import type { NewCase, OpenedCase } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, AttemptReason, AttemptState } from "./attempt.ts"
import { type LookResult, createOnce, type NotAnnounced } from "./createOnce.ts"
import { makeRetryBudget } from "./retry.ts"
import { encodedQuery, tablePath, readRows } from "./tableQuery.ts"
import { type StoredCaseFields, storedCaseFields, byAge, type TableRow, textOf, verifyStored } from "./tableRow.ts"

export const caseTable = "sn_customerservice_case"

/** The Case's field for the correlation id. */
export const idField = "u_id_correlacao"

interface FoundCase {
  readonly sysId: string
  readonly number: string
  readonly held: StoredCaseFields
  /** How many Cases carry the id. */
  readonly count: number
}

const unknowable: LookResult<never> = {
  _tag: "Unknowable",
  detail: `a instância responde sem ${idField}: não há como saber se o Case foi criado`
}
const none: LookResult<never> = { _tag: "None" }

const readCases = (attempt: Attempt, turn: AttemptState, query: Readonly<Record<string, string>>) =>
  readRows(attempt, turn, {
    path: tablePath(caseTable, {
      parameters: {
        ...query,
        sysparm_fields: `sys_id,number,${idField},sys_created_on,state,assignment_group`,
        sysparm_limit: "10"
      }
    })
  })

const carrying = (rows: ReadonlyArray<TableRow>, id: string): FoundCase | undefined => {
  const own = rows.filter((row) => textOf(row[idField]) === id && textOf(row.sys_id) && textOf(row.number)).sort(byAge)
  const [oldest] = own
  return (
    oldest && {
      sysId: textOf(oldest.sys_id),
      number: textOf(oldest.number),
      held: storedCaseFields(oldest),
      count: own.length
    }
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
const makeFindCaseByCorrelationId = (attempt: Attempt) => {
  let seen = false
  const noteField = (rows: ReadonlyArray<unknown>) => {
    seen = seen || rows.some((row) => isObject(row) && idField in row)
  }

  const look = Effect.fnUntraced(function* (
    id: string,
    turn: AttemptState
  ): Effect.fn.Return<LookResult<FoundCase>, AttemptReason> {
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

/** SPEC 4.3: a found Case has status 200. */
const found = ({ count, held, number, sysId }: FoundCase): OpenedCase => ({
  ...held,
  sysId,
  number,
  status: 200,
  avisos: count > 1 ? [`${count} Cases com o mesmo u_id_correlacao; usado o mais antigo`] : []
})

const asOpened = (looked: LookResult<FoundCase>): LookResult<OpenedCase> =>
  looked._tag === "Found" ? { _tag: "Found", found: found(looked.found) } : looked

/** `ServiceNow.openCase` (SPEC 4). */
export const makeOpenCase = (attempt: Attempt, settings: Settings["Service"]) => {
  const cases = makeFindCaseByCorrelationId(attempt)

  const post = Effect.fnUntraced(function* (
    body: NewCase["body"],
    turn: AttemptState,
    onSending: Effect.Effect<void, NotAnnounced>
  ): Effect.fn.Return<OpenedCase, AttemptReason | NotAnnounced> {
    const { result, status } = yield* attempt({ method: "POST", path: tablePath(caseTable), body, onSending }, turn)
    const row = isObject(result) ? result : {}
    const opened = { sysId: textOf(row.sys_id), number: textOf(row.number) }
    if (opened.sysId === "" || opened.number === "") {
      return yield* new Unreadable({ status, detail: "a resposta não tem result.sys_id e result.number" })
    }
    cases.noteField([row])
    return { ...opened, ...storedCaseFields(row), status, avisos: verifyStored("Case", body, row) }
  })

  return Effect.fnUntraced(function* <E>(input: NewCase<E>) {
    yield* annotated(() => ({ [attribute.correlationId]: input.id }))
    const opened = yield* createOnce({
      retryBudget: makeRetryBudget("openCase", settings),
      timeout: settings.serviceNow.timeout,
      inDoubtSince: input.inDoubt ? input.intendedAt : undefined,
      announcedAt: input.intendedAt,
      renewIntent: input.renewIntent,
      post: (turn, onSending) => post(input.body, turn, onSending),
      look: (turn) => Effect.map(cases.look(input.id, turn), asOpened)
    })
    yield* annotated(() => ({ [attribute.caseNumber]: opened.number, [attribute.caseSysId]: opened.sysId }))
    return opened
  }, traced("ServiceNow.openCase"))
}
