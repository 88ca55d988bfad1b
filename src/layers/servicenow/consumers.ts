import { Effect } from "effect"

import type { ConsumerRow } from "../../domain/outbound/chooseConsumer.ts"
import type { NewConsumer } from "../../domain/outbound/consumer.ts"
import type { ConsumerPage } from "../../domain/outbound/ConsumerFindings.ts"
import { type ConsumerFields, type ConsumerQuery, mostRows } from "../../domain/outbound/consumerQuery.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { type AttemptReason, type OutageReason, Unreadable } from "../../domain/vendor/failureReasons.ts"
import type { AttemptState, PostedConsumer } from "../../services/ServiceNow.ts"
import { isObject } from "../http/answer.ts"
import type { Attempt, Send } from "./attempt.ts"
import { encodedQuery, readPage, tablePath } from "./tableQuery.ts"
import { nameOf, type TableRow, textOf, verifyStored } from "./tableRow.ts"

export const consumerTable = "csm_consumer"

/** Makes the path that reads consumers, with the fields that verification needs (SPEC 3.1). */
const makeConsumerPath = ({ documentField, phoneFields }: ConsumerFields) => {
  const [path, others] = tablePath(consumerTable, {
    parameters: {
      sysparm_fields: ["sys_id", "sys_created_on", "email", ...phoneFields, documentField].join(","),
      sysparm_limit: String(mostRows),
      sysparm_exclude_reference_link: "true"
    }
  }).split("?")
  return (query: string): string => `${path}?sysparm_query=${encodeURIComponent(query)}&${others}`
}

const consumerRow = (row: TableRow, { documentField, phoneFields }: ConsumerFields): ConsumerRow => ({
  sysId: nameOf(row.sys_id),
  createdAt: textOf(row.sys_created_on),
  document: textOf(row[documentField]),
  email: textOf(row.email),
  phones: phoneFields.map((field) => textOf(row[field]))
})

const unaskable = new Error("a query with a value that may not enter one")

/** `ServiceNow.findConsumers` (SPEC 3.1). */
export const makeFindConsumers = (attempt: Attempt, fields: ConsumerFields) => {
  const consumerPath = makeConsumerPath(fields)
  return Effect.fnUntraced(function* (
    query: ConsumerQuery,
    attemptState: AttemptState
  ): Effect.fn.Return<ConsumerPage, AttemptReason> {
    const encoded = encodedQuery(query)
    if (encoded === undefined) return yield* Effect.die(unaskable)
    const { rows, total } = yield* readPage(attempt, attemptState, { path: consumerPath(encoded) })
    return {
      rows: rows.map((row) => consumerRow(row, fields)),
      total,
      showsDocument: rows.some((row) => fields.documentField in row)
    }
  })
}

/** The body that creates a consumer (SPEC 3.3). */
const bodyOf = (consumer: NewConsumer, { documentField }: ConsumerFields): Json => ({
  ...(consumer.firstName !== undefined && { first_name: consumer.firstName }),
  ...(consumer.lastName !== undefined && { last_name: consumer.lastName }),
  ...(consumer.email !== undefined && { email: consumer.email }),
  ...(consumer.phone !== undefined && { mobile_phone: consumer.phone }),
  ...(consumer.document !== undefined && { [documentField]: consumer.document })
})

/** `WriteSlot.createConsumer` (SPEC 3.3). */
export const createConsumer = Effect.fnUntraced(function* (
  send: Send,
  consumer: NewConsumer,
  fields: ConsumerFields
): Effect.fn.Return<PostedConsumer, OutageReason> {
  const body = bodyOf(consumer, fields)
  const { result, status } = yield* send({ method: "POST", path: tablePath(consumerTable), body })
  const row = isObject(result) ? result : {}
  if (nameOf(row.sys_id) === "") {
    const detail = "a resposta não tem result.sys_id"
    return yield* new Unreadable({ status, detail, hasRecord: isObject(result) })
  }
  return {
    row: consumerRow(row, fields),
    showsDocument: fields.documentField in row,
    avisos: verifyStored("consumidor", body, row)
  }
})
