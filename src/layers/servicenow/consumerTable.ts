import {
  type ConsumerKey,
  consumerKeyNames,
  type ConsumerRow,
  type ConsumerWay
} from "../../domain/outbound/chooseConsumer.ts"
import type { ConsumerKeys } from "../../domain/outbound/consumer.ts"
import { lastDigits, storedSpellings } from "../../domain/outbound/phoneSpellings.ts"
import { documentLookups } from "../../domain/values/document.ts"
import type { ServiceNowSettings } from "../../services/Settings.ts"
import { type Condition, encodedQuery, tablePath } from "./tableQuery.ts"
import { type TableRow, textOf } from "./tableRow.ts"

export const consumerTable = "csm_consumer"

/** The most rows that one query returns. With as many there may be more (SPEC 3.2). */
export const mostRows = 100

type Fields = Pick<ServiceNowSettings, "documentField" | "phoneFields">

/** Makes the path that reads consumers, with the fields that verification needs (SPEC 3.1). */
export const makeConsumerPath = ({ documentField, phoneFields }: Fields) => {
  const [path, others] = tablePath(consumerTable, {
    parameters: {
      sysparm_fields: ["sys_id", "sys_created_on", "email", ...phoneFields, documentField].join(","),
      sysparm_limit: String(mostRows),
      sysparm_exclude_reference_link: "true"
    }
  }).split("?")
  return (query: string): string => `${path}?sysparm_query=${encodeURIComponent(query)}&${others}`
}

export const consumerRow = (row: TableRow, { documentField, phoneFields }: Fields): ConsumerRow => ({
  sysId: textOf(row.sys_id),
  createdAt: textOf(row.sys_created_on),
  document: textOf(row[documentField]),
  email: textOf(row.email),
  phones: phoneFields.map((field) => textOf(row[field]))
})

/** Finds a stored value that is exactly one of the customer's spellings. */
const exactly = (key: ConsumerKey, keys: ConsumerKeys, fields: Fields): ReadonlyArray<Condition> => {
  const value = keys[key]
  if (value === undefined) return []
  switch (key) {
    case "document":
      return [{ field: fields.documentField, operator: "IN", values: documentLookups(value) }]
    case "email":
      return [{ field: "email", operator: "=", value }]
    case "phone":
      return fields.phoneFields.map((field) => ({ field, operator: "IN", values: storedSpellings(value) }))
  }
}

/** The keys that the customer has, in order. */
export const keysOf = (keys: ConsumerKeys): ReadonlyArray<ConsumerKey> =>
  consumerKeyNames.filter((key) => keys[key] !== undefined)

const nobody: ReadonlyArray<Condition> = []

/** The query for consumers that have one of these values exactly as it is usually stored, or are one of the `others`. */
export const exactQuery = (
  names: ReadonlyArray<ConsumerKey>,
  keys: ConsumerKeys,
  fields: Fields,
  others: ReadonlyArray<Condition> = nobody
) => encodedQuery([...names.flatMap((key) => exactly(key, keys, fields)), ...others])

const withDigits = ({ phone }: ConsumerKeys, { phoneFields }: Fields): ReadonlyArray<Condition> => {
  const digits = phone === undefined ? [] : lastDigits(phone)
  return digits.flatMap((value) => phoneFields.map((field) => ({ field, operator: "LIKE" as const, value })))
}

/** What finds a consumer by one way. */
export const conditionsOf = (way: ConsumerWay, keys: ConsumerKeys, fields: Fields): ReadonlyArray<Condition> =>
  way === "digits" ? withDigits(keys, fields) : exactly(way, keys, fields)
