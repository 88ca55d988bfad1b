import { Effect } from "effect"

import type { ConsumerOrigin } from "../../domain/communication/Fact.ts"
import { documentLookups, sameDocument, type ConsumerKeys, type NewConsumer } from "../../domain/outbound/consumer.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { phoneLookups, samePhone } from "../../domain/values/phone.ts"
import { isFinal } from "../../domain/vendor/failure.ts"
import { Refused, Unreadable } from "../../domain/vendor/failureReasons.ts"
import type { ConsumerToCreate } from "../../services/ServiceNow.ts"
import type { ServiceNowSettings, Settings } from "../../services/Settings.ts"
import { traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, AttemptReason, AttemptState } from "./attempt.ts"
import { createOnce, isLookupRefused, type NotAnnounced, type LookResult } from "./createOnce.ts"
import { makeRetryBudget, retrying } from "./retry.ts"
import { tablePath, type Condition, encodedQuery, isQueryValue, readRows } from "./tableQuery.ts"
import { byAge, type TableRow, textOf, verifyStored } from "./tableRow.ts"

export interface ConsumerSearch {
  readonly found?: { readonly sysId: string; readonly origem: ConsumerOrigin }
  readonly avisos: ReadonlyArray<string>
  /** The keys whose lookup the instance answered. */
  readonly answered: ReadonlyArray<ConsumerOrigin>
}

/** How to look up a consumer by one key, and how to verify that a row is that consumer (SPEC 3.1). */
export interface ConsumerQuery {
  readonly origem: ConsumerOrigin
  /** For warnings, in Portuguese. */
  readonly key: string
  /** `undefined` if the value is empty or may not enter a query (SPEC 3.4). */
  readonly query: string | undefined
  /** True if the returned row itself has the value. */
  readonly verifies: (row: TableRow) => boolean
}

const consumerTable = "csm_consumer"

/** The path that reads at most ten consumers, with the fields that verification needs (SPEC 3.1). */
const makeConsumerPath = ({ documentField, phoneFields }: ServiceNowSettings) => {
  const [path, others] = tablePath(consumerTable, {
    parameters: {
      sysparm_fields: ["sys_id", "sys_created_on", "email", ...phoneFields, documentField].join(","),
      sysparm_limit: "10",
      sysparm_exclude_reference_link: "true"
    }
  }).split("?")
  return (query: string): string => `${path}?sysparm_query=${encodeURIComponent(query)}&${others}`
}

const isSameEmail = (a: string, b: string) => a.trim() !== "" && a.trim().toLowerCase() === b.trim().toLowerCase()

/** The lookups that the keys allow: document, e-mail, phone, in this order (SPEC 3.1). */
const consumerLookups = (
  { document, email, phone }: ConsumerKeys,
  { documentField, phoneFields }: ServiceNowSettings
): ReadonlyArray<ConsumerQuery> => {
  const lookup = (
    origem: ConsumerOrigin,
    key: string,
    raw: string,
    conditions: ReadonlyArray<Condition>,
    fields: ReadonlyArray<string>,
    same: (a: string, b: string) => boolean
  ): ConsumerQuery => ({
    origem,
    key,
    query: isQueryValue(raw) ? encodedQuery(conditions) : undefined,
    verifies: (row) => fields.some((field) => same(raw, textOf(row[field])))
  })
  const equal = (field: string) => (value: string) => ({ field, operator: "=", value }) as const
  const like = (value: string) => phoneFields.map((field) => ({ field, operator: "LIKE", value }) as const)
  return [
    ...(document === undefined
      ? []
      : [
          lookup(
            "cpf_cnpj",
            "CPF/CNPJ",
            document,
            documentLookups(document).map(equal(documentField)),
            [documentField],
            sameDocument
          )
        ]),
    ...(email === undefined
      ? []
      : [lookup("email", "e-mail", email, [equal("email")(email.trim())], ["email"], isSameEmail)]),
    ...(phone === undefined
      ? []
      : [lookup("telefone", "telefone", phone, phoneLookups(phone).flatMap(like), phoneFields, samePhone)])
  ]
}

/**
 * Finds the first verified consumer, with one query per key (SPEC 3.1). Of several matches it returns the oldest, with
 * a warning (3.2). A value that may not be looked up (3.4) and a lookup that was refused according to `read` (3.5) do
 * not match, with a warning.
 */
const searchConsumer = Effect.fnUntraced(function* <E>(
  lookups: ReadonlyArray<ConsumerQuery>,
  read: (query: string) => Effect.Effect<ReadonlyArray<TableRow> | Refused, E>
): Effect.fn.Return<ConsumerSearch, E> {
  const avisos: Array<string> = []
  const answered: Array<ConsumerOrigin> = []
  for (const { key, origem, query, verifies } of lookups) {
    if (query === undefined) {
      avisos.push(`${key} não pesquisado: valor não permitido na consulta`)
      continue
    }
    const rows = yield* read(query)
    if (rows instanceof Refused) {
      avisos.push(`busca de consumidor por ${key} recusada: HTTP ${rows.status}`)
      continue
    }
    answered.push(origem)
    const verified = rows.filter((row) => textOf(row.sys_id) !== "" && verifies(row)).sort(byAge)
    const [oldest] = verified
    if (oldest === undefined) continue
    if (verified.length > 1) avisos.push(`${verified.length} consumidores com o mesmo ${key}; usado o mais antigo`)
    return { found: { sysId: textOf(oldest.sys_id), origem }, avisos, answered }
  }
  return { avisos, answered }
})

/** `ServiceNow.findConsumer` (SPEC 3.1–3.5). Each query is retried on its own. */
export const makeFindConsumer = (attempt: Attempt, settings: Settings["Service"]) => {
  const { serviceNow } = settings
  const consumerPath = makeConsumerPath(serviceNow)

  return Effect.fnUntraced(function* (keys: ConsumerKeys) {
    const { avisos, found } = yield* searchConsumer(consumerLookups(keys, serviceNow), (query) =>
      retrying(makeRetryBudget("findConsumer", settings, query), (attemptState) =>
        readRows(attempt, attemptState, { path: consumerPath(query) })
      ).pipe(
        Effect.catchTag("ServiceNowError", (error) =>
          error.reason._tag === "Refused" && isFinal(error.reason) ? Effect.succeed(error.reason) : Effect.fail(error)
        )
      )
    )
    return { avisos, ...(found !== undefined && { found }) }
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

/**
 * `None` only if the instance answered the lookup by a key that a created consumer certainly has: e-mail, else phone.
 */
const lookResultOf = (keys: ConsumerKeys, { answered, avisos, found }: ConsumerSearch): LookResult<CreatedConsumer> => {
  if (found !== undefined) return { _tag: "Found", found: { sysId: found.sysId, avisos } }
  return answered.includes(keys.email === undefined ? "telefone" : "email")
    ? { _tag: "None" }
    : { _tag: "Unknowable", detail: "não há como saber se o consumidor foi criado: a busca por ele foi recusada" }
}

/** `ServiceNow.createConsumer` (SPEC 3.3). */
export const makeCreateConsumer = (attempt: Attempt, settings: Settings["Service"]) => {
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
    return { sysId, avisos: verifyStored("consumidor", body, row) }
  })

  const look = (keys: ConsumerKeys, attemptState: AttemptState) =>
    searchConsumer(consumerLookups(keys, serviceNow), (query) =>
      readRows(attempt, attemptState, { path: consumerPath(query) }).pipe(
        Effect.catchTag("Refused", (refused) =>
          isLookupRefused(refused) ? Effect.succeed(refused) : Effect.fail(refused)
        )
      )
    ).pipe(Effect.map((search) => lookResultOf(keys, search)))

  return <E>({ afterPost, beforePost, consumer, inDoubtSince, keys }: ConsumerToCreate<E>) =>
    createOnce<CreatedConsumer, E>({
      retryBudget: makeRetryBudget("createConsumer", settings, JSON.stringify(keys)),
      timeout: serviceNow.timeout,
      inDoubtUntil: inDoubtSince === undefined ? undefined : inDoubtSince + serviceNow.timeout,
      renewIntent: beforePost,
      ended: (appearsUntil) => afterPost?.(appearsUntil - serviceNow.timeout),
      post: (attemptState, onSending) => post(bodyOf(consumer, serviceNow), attemptState, onSending),
      look: (attemptState) => look(keys, attemptState)
    }).pipe(traced("ServiceNow.createConsumer"))
}
