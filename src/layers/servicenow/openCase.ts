import { Effect } from "effect"

import { monotonicMillis, monotonicOf } from "../../domain/values/monotonicTime.ts"
import { Unreadable } from "../../domain/vendor/failureReasons.ts"
import type { NewCase, OpenedCase } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, AttemptReason, AttemptState } from "./attempt.ts"
import { type LookResult, createOnce, foreignAppearsUntil, type NotAnnounced } from "./createOnce.ts"
import { makeRetryBudget } from "./retry.ts"
import { SentHere } from "./SentHere.ts"
import { encodedQuery, tablePath, readRows } from "./tableQuery.ts"
import { type StoredCaseFields, storedCaseFields, byAge, type TableRow, textOf, verifyStored } from "./tableRow.ts"

export const caseTable = "sn_customerservice_case"

/** The Case field that holds the correlation id. */
export const idField = "u_id_correlacao"

interface FoundCase {
  readonly sysId: string
  readonly number: string
  readonly stored: StoredCaseFields
  /** How many Cases have the id. */
  readonly count: number
}

const unknowable: LookResult<never> = {
  _tag: "Unknowable",
  detail: `a instância responde sem ${idField}: não há como saber se o Case foi criado`
}
const none: LookResult<never> = { _tag: "None" }

const readCases = (attempt: Attempt, attemptState: AttemptState, query: Readonly<Record<string, string>>) =>
  readRows(attempt, attemptState, {
    path: tablePath(caseTable, {
      parameters: {
        ...query,
        sysparm_fields: `sys_id,number,${idField},sys_created_on,state,assignment_group`,
        sysparm_limit: "10"
      }
    })
  })

const oldestWithId = (rows: ReadonlyArray<TableRow>, id: string): FoundCase | undefined => {
  const matches = rows
    .filter((row) => textOf(row[idField]) === id && textOf(row.sys_id) && textOf(row.number))
    .sort(byAge)
  const [oldest] = matches
  return (
    oldest && {
      sysId: textOf(oldest.sys_id),
      number: textOf(oldest.number),
      stored: storedCaseFields(oldest),
      count: matches.length
    }
  )
}

/**
 * Looks for the Case of a correlation id. Only a Case that has exactly this id counts (SPEC 4.3).
 *
 * An instance without the field answers in one of two ways. By default it ignores the condition, returns unrelated rows
 * and omits the unknown field from them: then nothing can be known. With `glide.invalid_query.returns_no_rows` it
 * returns no rows, which looks like "there is none". An empty answer therefore counts only when the field has been
 * seen, in any row since the start or in a read without a condition. A table without any row holds no Case either.
 */
const makeFindCaseByCorrelationId = (attempt: Attempt) => {
  let fieldSeen = false
  const noteField = (rows: ReadonlyArray<unknown>) => {
    fieldSeen = fieldSeen || rows.some((row) => isObject(row) && idField in row)
  }

  const look = Effect.fnUntraced(function* (
    id: string,
    attemptState: AttemptState
  ): Effect.fn.Return<LookResult<FoundCase>, AttemptReason> {
    const query = encodedQuery([{ field: idField, operator: "=", value: id }])
    if (query === undefined) return unknowable
    const rows = yield* readCases(attempt, attemptState, { sysparm_query: query })
    noteField(rows)
    const found = oldestWithId(rows, id)
    if (found !== undefined) return { _tag: "Found", found }
    if (rows.length > 0) return rows.some((row) => idField in row) ? none : unknowable
    if (fieldSeen) return none
    const sample = yield* readCases(attempt, attemptState, {})
    noteField(sample)
    return fieldSeen || sample.length === 0 ? none : unknowable
  })

  /** `noteField` records that the field exists, from the instance's other answers. */
  return { look, noteField }
}

/** The answer for a Case that was found. SPEC 4.3: its status is 200. */
const foundCase = ({ count, stored, number, sysId }: FoundCase): OpenedCase => ({
  ...stored,
  sysId,
  number,
  status: 200,
  avisos: count > 1 ? [`${count} Cases com o mesmo u_id_correlacao; usado o mais antigo`] : []
})

const asOpened = (result: LookResult<FoundCase>): LookResult<OpenedCase> =>
  result._tag === "Found" ? { _tag: "Found", found: foundCase(result.found) } : result

/** `ServiceNow.openCase` (SPEC 4). */
export const makeOpenCase = (attempt: Attempt, settings: Settings["Service"]) => {
  const cases = makeFindCaseByCorrelationId(attempt)
  const sentHere = new SentHere()

  const post = Effect.fnUntraced(function* (
    body: NewCase["body"],
    attemptState: AttemptState,
    onSending: Effect.Effect<void, NotAnnounced>
  ): Effect.fn.Return<OpenedCase, AttemptReason | NotAnnounced> {
    const { result, status } = yield* attempt(
      { method: "POST", path: tablePath(caseTable), body, onSending },
      attemptState
    )
    const row = isObject(result) ? result : {}
    const opened = { sysId: textOf(row.sys_id), number: textOf(row.number) }
    if (opened.sysId === "" || opened.number === "") {
      return yield* new Unreadable({ status, detail: "a resposta não tem result.sys_id e result.number" })
    }
    cases.noteField([row])
    return { ...opened, ...storedCaseFields(row), status, avisos: verifyStored("Case", body, row) }
  })

  /** Until when a Case of an earlier run may appear, monotonic milliseconds. */
  const appearsUntilOf = ({ appearsUntil, id, own }: NewCase<unknown>, intendedAt: number) => {
    if (appearsUntil !== undefined) return monotonicOf(appearsUntil)
    return own === true ? Effect.succeed(sentHere.appearsUntil(id)) : foreignAppearsUntil(settings, intendedAt)
  }

  return Effect.fnUntraced(function* <E>(input: NewCase<E>) {
    yield* annotated(() => ({ [attribute.correlationId]: input.id }))
    const intendedAt = yield* monotonicOf(input.intendedAt)
    const inDoubtUntil = input.inDoubt ? yield* appearsUntilOf(input, intendedAt) : undefined
    const opened = yield* createOnce({
      retryBudget: makeRetryBudget("openCase", settings, input.id),
      timeout: settings.serviceNow.timeout,
      inDoubtUntil,
      announcedAt: Math.min(intendedAt, yield* monotonicMillis),
      renewIntent: input.renewIntent,
      ended: (until, at) => sentHere.add(input.id, until, at),
      post: (attemptState, onSending) => post(input.body, attemptState, onSending),
      look: (attemptState) => Effect.map(cases.look(input.id, attemptState), asOpened)
    })
    sentHere.delete(input.id)
    yield* annotated(() => ({ [attribute.caseNumber]: opened.number, [attribute.caseSysId]: opened.sysId }))
    return opened
  }, traced("ServiceNow.openCase"))
}
