import { documentLookups } from "../values/document.ts"
import { type Condition, isAskable } from "../values/queryValue.ts"
import { type ConsumerKey, consumerKeyNames, type ConsumerWay } from "./chooseConsumer.ts"
import type { ConsumerKeys } from "./consumer.ts"
import { lastDigits, storedSpellings } from "./phoneSpellings.ts"

/** The most rows that one query returns. If it returns as many, there may be more (SPEC 3.2). */
export const mostRows = 100

/** The fields of a consumer that hold the customer's document and phones. */
export interface ConsumerFields {
  readonly documentField: string
  readonly phoneFields: ReadonlyArray<string>
}

/** Finds a stored value that is exactly one of the customer's spellings. */
const exactly = (key: ConsumerKey, keys: ConsumerKeys, fields: ConsumerFields): ReadonlyArray<Condition> => {
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

/** Matches consumers that meet any of the conditions. Every value in it may enter a query (SPEC 3.4). */
export type ConsumerQuery = ReadonlyArray<Condition>

/** `undefined` without a condition, or if a value may not enter a query (SPEC 3.4). */
export const consumerQuery = (anyOf: ReadonlyArray<Condition>): ConsumerQuery | undefined =>
  isAskable(anyOf) ? anyOf : undefined

const nobody: ReadonlyArray<Condition> = []

/**
 * The query for consumers that have one of these values exactly as it is usually stored, or are one of the `others`.
 */
export const exactQuery = (
  names: ReadonlyArray<ConsumerKey>,
  keys: ConsumerKeys,
  fields: ConsumerFields,
  others: ReadonlyArray<Condition> = nobody
) => consumerQuery([...names.flatMap((key) => exactly(key, keys, fields)), ...others])

const withDigits = ({ phone }: ConsumerKeys, { phoneFields }: ConsumerFields): ReadonlyArray<Condition> => {
  const digits = phone === undefined ? [] : lastDigits(phone)
  return digits.flatMap((value) => phoneFields.map((field) => ({ field, operator: "LIKE" as const, value })))
}

/** The conditions that find a consumer by one way. */
export const conditionsOf = (way: ConsumerWay, keys: ConsumerKeys, fields: ConsumerFields): ReadonlyArray<Condition> =>
  way === "digits" ? withDigits(keys, fields) : exactly(way, keys, fields)

/** The query for the consumer with this sys_id. */
export const queryById = (sysId: string) => consumerQuery([{ field: "sys_id", operator: "=", value: sysId }])
