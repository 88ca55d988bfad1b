import { Effect } from "effect"

import type { ConsumerRow, ConsumerWay } from "../../domain/outbound/chooseConsumer.ts"
import type { ConsumerKeys, NewConsumer } from "../../domain/outbound/consumer.ts"
import { type ConsumerSight, type KnownConsumer, waysToFind } from "../../domain/outbound/knownConsumer.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { isFinal } from "../../domain/vendor/failure.ts"
import { Refused, Unreadable } from "../../domain/vendor/failureReasons.ts"
import type { ConsumerToCreate, CreatedConsumer } from "../../services/ServiceNow.ts"
import type { ServiceNowSettings, Settings } from "../../services/Settings.ts"
import { traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, AttemptReason, AttemptState } from "./attempt.ts"
import { conditionsOf, consumerRow, consumerTable, makeConsumerPath } from "./consumerTable.ts"
import { createOnce, type IsAnswer, type LookResult, makeIsAnswer, type NotAnnounced } from "./createOnce.ts"
import { makeRetryBudget, retrying } from "./retry.ts"
import { type ConsumerTable, searchConsumer, type SearchResult } from "./searchConsumer.ts"
import { encodedQuery, readPage, tablePath } from "./tableQuery.ts"
import { textOf, verifyStored } from "./tableRow.ts"

/** What the two operations know together of the instance's consumers. */
export const makeConsumerTable = ({ serviceNow }: Settings["Service"]): ConsumerTable => ({
  fields: serviceNow,
  documentShown: false
})

const unknownSight: ConsumerSight = { blind: new Set(), controls: new Map() }

const knownBy = (keys: ConsumerKeys, row: ConsumerRow): KnownConsumer => ({
  sysId: row.sysId,
  keys,
  ways: waysToFind(keys, row)
})

/** Reads the rows of a query, with the retries of `operation`. */
const makeRead = (attempt: Attempt, settings: Settings["Service"], operation: string) => {
  const consumerPath = makeConsumerPath(settings.serviceNow)
  return (query: string) =>
    retrying(makeRetryBudget(operation, settings, query), (attemptState) =>
      readPage(attempt, attemptState, { path: consumerPath(query) })
    ).pipe(
      Effect.catchTag("ServiceNowError", (error) =>
        error.reason._tag === "Refused" && isFinal(error.reason) ? Effect.succeed(error.reason) : Effect.fail(error)
      )
    )
}

/** `ServiceNow.findConsumer` (SPEC 3.1–3.5). Each query is retried on its own. */
export const makeFindConsumer = (attempt: Attempt, settings: Settings["Service"], table: ConsumerTable) => {
  const read = makeRead(attempt, settings, "findConsumer")
  return Effect.fnUntraced(function* (keys: ConsumerKeys, sight?: ConsumerSight) {
    const { avisos, found, missed, unseen } = yield* searchConsumer({ keys, table, sight: sight ?? unknownSight, read })
    return {
      avisos,
      ...(unseen && { unseen }),
      ...(found && { found: { sysId: found.row.sysId, origem: found.origem } }),
      ...(sight && missed && { missed }),
      ...(sight && found && { known: knownBy(keys, found.row) })
    }
  }, traced("ServiceNow.findConsumer"))
}

/** The body that creates a consumer (SPEC 3.3). */
const bodyOf = (consumer: NewConsumer, { documentField }: ServiceNowSettings): Json => ({
  ...(consumer.firstName !== undefined && { first_name: consumer.firstName }),
  ...(consumer.lastName !== undefined && { last_name: consumer.lastName }),
  ...(consumer.email !== undefined && { email: consumer.email }),
  ...(consumer.phone !== undefined && { mobile_phone: consumer.phone }),
  ...(consumer.document !== undefined && { [documentField]: consumer.document })
})

/** `None` only if no way may have missed the consumer. */
const lookResultOf = (
  keys: ConsumerKeys,
  { avisos, found, missed, unseen }: SearchResult
): LookResult<CreatedConsumer> => {
  if (found !== undefined) {
    return { _tag: "Found", found: { sysId: found.row.sysId, avisos, known: knownBy(keys, found.row) } }
  }
  if (missed !== undefined) return { _tag: "Unproven", detail: "a busca não mostra um consumidor que existe" }
  return unseen === undefined
    ? { _tag: "None" }
    : { _tag: "Unknowable", detail: "não há como saber se o consumidor foi criado: a busca por ele não o mostraria" }
}

/** `ServiceNow.createConsumer` (SPEC 3.3). */
export const makeCreateConsumer = (attempt: Attempt, settings: Settings["Service"], table: ConsumerTable) => {
  const { serviceNow } = settings
  const consumerPath = makeConsumerPath(serviceNow)

  const post = Effect.fnUntraced(function* (
    keys: ConsumerKeys,
    body: Json,
    attemptState: AttemptState,
    onSending: Effect.Effect<void, NotAnnounced>
  ): Effect.fn.Return<CreatedConsumer, AttemptReason | NotAnnounced> {
    const { result, status } = yield* attempt(
      { method: "POST", path: tablePath(consumerTable), body, onSending },
      attemptState
    )
    const row = isObject(result) ? result : {}
    const sysId = textOf(row.sys_id)
    if (sysId === "") {
      const detail = "a resposta não tem result.sys_id"
      return yield* new Unreadable({ status, detail, hasRecord: isObject(result) })
    }
    if (serviceNow.documentField in row) table.documentShown = true
    const avisos = verifyStored("consumidor", body, row)
    return { sysId, avisos, known: knownBy(keys, consumerRow(row, table.fields)) }
  })

  const look = (keys: ConsumerKeys, sight: ConsumerSight, attemptState: AttemptState, isAnswer: IsAnswer) =>
    searchConsumer({
      keys,
      table,
      sight,
      read: (query) =>
        readPage(attempt, attemptState, { path: consumerPath(query) }).pipe(
          Effect.catchTag("Refused", (refused) => (isAnswer(refused) ? Effect.succeed(refused) : Effect.fail(refused)))
        )
    }).pipe(Effect.map((result) => lookResultOf(keys, result)))

  return <E>({ afterPost, beforePost, consumer, inDoubtSince, keys, sight }: ConsumerToCreate<E>) => {
    const isAnswer = makeIsAnswer()
    return createOnce<CreatedConsumer, E>({
      retryBudget: makeRetryBudget("createConsumer", settings, JSON.stringify(keys)),
      timeout: serviceNow.timeout,
      inDoubtUntil: inDoubtSince === undefined ? undefined : inDoubtSince + serviceNow.timeout,
      renewIntent: beforePost,
      ended: (appearsUntil) => afterPost?.(appearsUntil - serviceNow.timeout),
      post: (attemptState, onSending) => post(keys, bodyOf(consumer, serviceNow), attemptState, onSending),
      look: (attemptState) => look(keys, sight ?? unknownSight, attemptState, isAnswer)
    }).pipe(
      Effect.map(({ avisos, known, sysId }) => ({ sysId, avisos, ...(sight && known && { known }) })),
      traced("ServiceNow.createConsumer")
    )
  }
}

/** `ServiceNow.probeConsumer` (SPEC 3.5). */
export const makeProbeConsumer = (attempt: Attempt, settings: Settings["Service"], table: ConsumerTable) => {
  const read = makeRead(attempt, settings, "probeConsumer")

  const search = Effect.fnUntraced(function* (query: string | undefined) {
    const page = query === undefined ? { rows: [] } : yield* read(query)
    return page instanceof Refused ? [] : page.rows.map((row) => consumerRow(row, table.fields))
  })

  return Effect.fnUntraced(function* (known: KnownConsumer, way: ConsumerWay) {
    const isOwn = (row: ConsumerRow) => row.sysId === known.sysId
    const found = yield* search(encodedQuery(conditionsOf(way, known.keys, table.fields)))
    if (found.some((row) => isOwn(row) && waysToFind(known.keys, row).includes(way))) return "shown"
    const row = (yield* search(encodedQuery([{ field: "sys_id", operator: "=", value: known.sysId }]))).find(isOwn)
    if (row === undefined || waysToFind(known.keys, row).includes(way)) return "missed"
    const values = { document: [row.document], email: [row.email], phone: row.phones, digits: row.phones }[way]
    return values.every((value) => value.trim() === "") ? "missed" : "changed"
  }, traced("ServiceNow.probeConsumer"))
}
