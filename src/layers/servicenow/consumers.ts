import { Effect } from "effect"

import type { ConsumerWay } from "../../domain/outbound/chooseConsumer.ts"
import type { ConsumerKeys, NewConsumer } from "../../domain/outbound/consumer.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { isFinal } from "../../domain/vendor/failure.ts"
import { Unreadable } from "../../domain/vendor/failureReasons.ts"
import type { ConsumerToCreate } from "../../services/ServiceNow.ts"
import type { ServiceNowSettings, Settings } from "../../services/Settings.ts"
import { traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, AttemptReason, AttemptState } from "./attempt.ts"
import { consumerTable, makeConsumerPath } from "./consumerTable.ts"
import { createOnce, isLookupRefused, type NotAnnounced, type LookResult } from "./createOnce.ts"
import { makeRetryBudget, retrying } from "./retry.ts"
import { type ConsumerTable, searchConsumer, type SearchResult } from "./searchConsumer.ts"
import { readRows, tablePath } from "./tableQuery.ts"
import { textOf, verifyStored } from "./tableRow.ts"

/** What the two operations know together of the instance's consumers. */
export const makeConsumerTable = ({ serviceNow }: Settings["Service"]): ConsumerTable => ({
  fields: serviceNow,
  documentShown: false
})

/** `ServiceNow.findConsumer` (SPEC 3.1–3.5). Each query is retried on its own. */
export const makeFindConsumer = (attempt: Attempt, settings: Settings["Service"], table: ConsumerTable) => {
  const consumerPath = makeConsumerPath(settings.serviceNow)

  const read = (query: string) =>
    retrying(makeRetryBudget("findConsumer", settings, query), (attemptState) =>
      readRows(attempt, attemptState, { path: consumerPath(query) })
    ).pipe(
      Effect.catchTag("ServiceNowError", (error) =>
        error.reason._tag === "Refused" && isFinal(error.reason) ? Effect.succeed(error.reason) : Effect.fail(error)
      )
    )

  return Effect.fnUntraced(function* (keys: ConsumerKeys, blind: ReadonlySet<ConsumerWay> = new Set()) {
    const { avisos, found, unseen } = yield* searchConsumer({ keys, table, blind, read })
    return {
      avisos,
      ...(unseen && { unseen }),
      ...(found && { found: { sysId: found.row.sysId, origem: found.origem } })
    }
  }, traced("ServiceNow.findConsumer"))
}

interface CreatedConsumer {
  readonly sysId: string
  readonly avisos: ReadonlyArray<string>
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
const lookResultOf = ({ avisos, found, unseen }: SearchResult): LookResult<CreatedConsumer> => {
  if (found !== undefined) return { _tag: "Found", found: { sysId: found.row.sysId, avisos } }
  return unseen === undefined
    ? { _tag: "None" }
    : { _tag: "Unknowable", detail: "não há como saber se o consumidor foi criado: a busca por ele não o mostraria" }
}

/** `ServiceNow.createConsumer` (SPEC 3.3). */
export const makeCreateConsumer = (attempt: Attempt, settings: Settings["Service"], table: ConsumerTable) => {
  const { serviceNow } = settings
  const consumerPath = makeConsumerPath(serviceNow)

  const post = Effect.fnUntraced(function* (
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
    if (sysId === "") return yield* new Unreadable({ status, detail: "a resposta não tem result.sys_id" })
    if (serviceNow.documentField in row) table.documentShown = true
    return { sysId, avisos: verifyStored("consumidor", body, row) }
  })

  const look = (keys: ConsumerKeys, blind: ReadonlySet<ConsumerWay>, attemptState: AttemptState) =>
    searchConsumer({
      keys,
      table,
      blind,
      read: (query) =>
        readRows(attempt, attemptState, { path: consumerPath(query) }).pipe(
          Effect.catchTag("Refused", (refused) =>
            isLookupRefused(refused) ? Effect.succeed(refused) : Effect.fail(refused)
          )
        )
    }).pipe(Effect.map(lookResultOf))

  return <E>({ afterPost, beforePost, blind = new Set(), consumer, inDoubtSince, keys }: ConsumerToCreate<E>) =>
    createOnce<CreatedConsumer, E>({
      retryBudget: makeRetryBudget("createConsumer", settings, JSON.stringify(keys)),
      timeout: serviceNow.timeout,
      inDoubtUntil: inDoubtSince === undefined ? undefined : inDoubtSince + serviceNow.timeout,
      renewIntent: beforePost,
      ended: (appearsUntil) => afterPost?.(appearsUntil - serviceNow.timeout),
      post: (attemptState, onSending) => post(bodyOf(consumer, serviceNow), attemptState, onSending),
      look: (attemptState) => look(keys, blind, attemptState)
    }).pipe(traced("ServiceNow.createConsumer"))
}
