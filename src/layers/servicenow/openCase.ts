import { Effect } from "effect"

import { type CaseKey, idField } from "../../domain/outbound/caseKey.ts"
import { type CaseSight, judgeLook, type LookedRow, undecidedText } from "../../domain/outbound/caseLook.ts"
import { monotonicMillis, monotonicOf } from "../../domain/values/monotonicTime.ts"
import { Unreadable } from "../../domain/vendor/failureReasons.ts"
import type { NewCase, OpenedCase, SoughtCase } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, AttemptReason, AttemptState } from "./attempt.ts"
import { type LookResult, createOnce, foreignAppearsUntil, isLookupRefused, type NotAnnounced } from "./createOnce.ts"
import { makeRetryBudget, onceOnly, retrying } from "./retry.ts"
import { SentHere } from "./SentHere.ts"
import { encodedQuery, readPage, tablePath } from "./tableQuery.ts"
import { storedCaseFields, byAge, type TableRow, textOf, verifyStored } from "./tableRow.ts"

export const caseTable = "sn_customerservice_case"

/** A look asks for two Cases. A second one with our key, and rows of an ignored query, show among the others. */
const limit = 10

interface Keyed {
  readonly key: CaseKey
}

interface CaseRow extends LookedRow {
  readonly row: TableRow
}

const fieldsOf = ({ field }: CaseKey) => `sys_id,number,${field},sys_created_on,state,assignment_group`

const refusedKey: CaseSight<CaseRow> = { _tag: "Blind", why: "control" }

/** Looks once for the Case with this key, and for the control in the same query (SPEC 4.3). */
const lookForCase = Effect.fnUntraced(function* (
  attempt: Attempt,
  attemptState: AttemptState,
  key: CaseKey,
  control: CaseKey | undefined
): Effect.fn.Return<CaseSight<CaseRow>, AttemptReason> {
  const wanted = [key, ...(control === undefined ? [] : [control])]
  const query = encodedQuery(wanted.map(({ field, value }) => ({ field, operator: "=" as const, value })))
  if (query === undefined) return refusedKey
  const path = tablePath(caseTable, {
    parameters: { sysparm_query: query, sysparm_fields: fieldsOf(key), sysparm_limit: String(limit) }
  })
  const { rows, total } = yield* readPage(attempt, attemptState, { path })
  const looked = rows.map((row): CaseRow => ({
    row,
    key: key.field in row ? textOf(row[key.field]) : undefined
  }))
  return judgeLook(key, control, { rows: looked, total, limit })
})

const incomplete: LookResult<never> = {
  _tag: "Unknowable",
  detail: "há um Case desta comunicação, mas a instância não mostra seu sys_id e number"
}

const idsOf = (row: TableRow) => ({ sysId: textOf(row.sys_id), number: textOf(row.number) })

/**
 * The Case that a look found, the oldest of several. A row that lacks its number is read by its sys_id. SPEC 4.3: its
 * status is 200.
 */
const foundCase = Effect.fnUntraced(function* (
  attempt: Attempt,
  attemptState: AttemptState,
  key: CaseKey,
  found: ReadonlyArray<CaseRow>
): Effect.fn.Return<LookResult<OpenedCase>, AttemptReason> {
  const [oldest = {}] = found.map(({ row }) => row).sort(byAge)
  const row = idsOf(oldest).number === "" ? yield* readBySysId(attempt, attemptState, key, oldest) : oldest
  const ids = idsOf(row)
  if (ids.sysId === "" || ids.number === "") return incomplete
  const avisos = found.length > 1 ? [`${found.length} Cases com o mesmo ${key.field}; usado o mais antigo`] : []
  return { _tag: "Found", found: { ...storedCaseFields(row), ...ids, status: 200, avisos, seen: true } }
})

/** Returns `row` itself if it has no sys_id, or if the instance shows no more of it. */
const readBySysId = Effect.fnUntraced(function* (
  attempt: Attempt,
  attemptState: AttemptState,
  key: CaseKey,
  row: TableRow
): Effect.fn.Return<TableRow, AttemptReason> {
  const { sysId } = idsOf(row)
  if (sysId === "") return row
  const path = tablePath(caseTable, { sysId, parameters: { sysparm_fields: fieldsOf(key) } })
  const { result } = yield* attempt({ method: "GET", path }, attemptState).pipe(
    Effect.catchTag("Refused", (refused) =>
      isLookupRefused(refused) ? Effect.succeed({ result: row }) : Effect.fail(refused)
    )
  )
  return isObject(result) && textOf(result.sys_id) === sysId ? result : row
})

/** `ServiceNow.openCase` (SPEC 4). */
export const makeOpenCase = (attempt: Attempt, settings: Settings["Service"]) => {
  const sentHere = new SentHere()

  const post = Effect.fnUntraced(function* (
    { body, key }: NewCase<unknown> & Keyed,
    attemptState: AttemptState,
    onSending: Effect.Effect<void, NotAnnounced>
  ): Effect.fn.Return<OpenedCase, AttemptReason | NotAnnounced> {
    const { result, status } = yield* attempt(
      { method: "POST", path: tablePath(caseTable), body, onSending },
      attemptState
    )
    const answered = isObject(result) ? result : {}
    const detail = "a resposta não tem result.sys_id e result.number"
    const unreadable = new Unreadable({ status, detail, hasRecord: isObject(result) })
    const row =
      idsOf(answered).number === ""
        ? yield* Effect.mapError(readBySysId(attempt, attemptState, key, answered), () => unreadable)
        : answered
    const ids = idsOf(row)
    if (ids.sysId === "" || ids.number === "") return yield* unreadable
    return { ...ids, ...storedCaseFields(row), status, avisos: verifyStored("Case", body, answered) }
  })

  const look = Effect.fnUntraced(function* (
    { control, key }: NewCase<unknown> & Keyed,
    attemptState: AttemptState
  ): Effect.fn.Return<LookResult<OpenedCase>, AttemptReason> {
    const sight = yield* lookForCase(attempt, attemptState, key, control && (yield* control))
    switch (sight._tag) {
      case "Found":
        return yield* foundCase(attempt, attemptState, key, sight.rows)
      case "None":
        return sight
      case "Unproven":
        return { _tag: "Unproven", detail: undecidedText(key, sight) }
      case "Blind":
        return { _tag: "Unknowable", detail: undecidedText(key, sight), blindField: key.field }
    }
  })

  /** Until when a Case of an earlier run may appear, monotonic milliseconds. */
  const appearsUntilOf = ({ appearsUntil, id, own }: NewCase<unknown>, intendedAt: number) => {
    if (appearsUntil !== undefined) return monotonicOf(appearsUntil)
    return own === true ? Effect.succeed(sentHere.appearsUntil(id)) : foreignAppearsUntil(settings, intendedAt)
  }

  return Effect.fnUntraced(function* <E>(input: NewCase<E>) {
    yield* annotated(() => ({ [attribute.correlationId]: input.id }))
    const keyed = { ...input, key: input.key ?? { field: idField, value: input.id } }
    const intendedAt = yield* monotonicOf(input.intendedAt)
    const inDoubtUntil = input.inDoubt ? yield* appearsUntilOf(input, intendedAt) : undefined
    const opened = yield* createOnce({
      retryBudget: makeRetryBudget("openCase", settings, input.id),
      timeout: settings.serviceNow.timeout,
      inDoubtUntil,
      announcedAt: Math.min(intendedAt, yield* monotonicMillis),
      renewIntent: input.renewIntent,
      ended: (until, at) => sentHere.add(input.id, until, at),
      post: (attemptState, onSending) => post(keyed, attemptState, onSending),
      look: (attemptState) => look(keyed, attemptState)
    })
    sentHere.delete(input.id)
    yield* annotated(() => ({ [attribute.caseNumber]: opened.number, [attribute.caseSysId]: opened.sysId }))
    return opened
  }, traced("ServiceNow.openCase"))
}

/** `ServiceNow.seekCase` (SPEC 10.1). */
export const makeSeekCase = (attempt: Attempt, settings: Settings["Service"]) =>
  Effect.fnUntraced(function* (key: CaseKey, control: CaseKey | undefined) {
    const retryBudget = makeRetryBudget("seekCase", settings)
    const sight = yield* retrying(retryBudget, (attemptState) => lookForCase(attempt, attemptState, key, control))
    if (sight._tag === "Found") return { _tag: "There" } satisfies SoughtCase
    if (sight._tag === "None") return { _tag: "None" } satisfies SoughtCase
    return {
      _tag: "Undecided",
      detail: undecidedText(key, sight),
      isBlind: sight._tag === "Blind"
    } satisfies SoughtCase
  }, traced("ServiceNow.seekCase"))

/** `ServiceNow.showsCase` (SPEC 4.3). One attempt, because its caller can do without the answer. */
export const makeShowsCase = (attempt: Attempt, settings: Settings["Service"]) =>
  Effect.fnUntraced(function* (key: CaseKey) {
    const retryBudget = makeRetryBudget("showsCase", onceOnly(settings))
    const sight = yield* retrying(retryBudget, (attemptState) => lookForCase(attempt, attemptState, key, undefined))
    return sight._tag === "Found"
  }, traced("ServiceNow.showsCase"))
