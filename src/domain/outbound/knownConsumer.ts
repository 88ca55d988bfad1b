import { documentLookups } from "../values/document.ts"
import { type ConsumerRow, type ConsumerWay, verifies } from "./chooseConsumer.ts"
import type { ConsumerKeys } from "./consumer.ts"
import { lastDigits, storedSpellings } from "./phoneSpellings.ts"

/** A consumer that exists, and the ways by which a search must show it. */
export interface KnownConsumer {
  readonly sysId: string
  /** The values that it is known to have. */
  readonly keys: ConsumerKeys
  readonly ways: ReadonlyArray<ConsumerWay>
}

/** What is known about the search for consumers (SPEC 3.5). */
export interface ConsumerSight {
  /** Ways that do not show every consumer. Each is queried alone, and only what it shows counts. */
  readonly blind: ReadonlySet<ConsumerWay>
  /** For each way, a known consumer that a query must also show. */
  readonly controls: ReadonlyMap<ConsumerWay, KnownConsumer>
}

/**
 * The ways by which a search for the customer must find this row: those whose value the row shows in a form that the
 * query matches.
 */
export const waysToFind = (keys: ConsumerKeys, row: ConsumerRow): ReadonlyArray<ConsumerWay> => {
  const { document, email, phone } = keys
  const isStored = (spellings: ReadonlyArray<string>) => row.phones.some((stored) => spellings.includes(stored.trim()))
  const holds = (parts: ReadonlyArray<string>) =>
    row.phones.some((stored) => parts.some((part) => stored.includes(part)))
  return [
    ...(document !== undefined && documentLookups(document).includes(row.document.trim()) ? ["document" as const] : []),
    ...(email !== undefined && row.email.trim().toLowerCase() === email.toLowerCase() ? ["email" as const] : []),
    ...(phone !== undefined && isStored(storedSpellings(phone)) ? ["phone" as const] : []),
    ...(phone !== undefined && verifies(row, "phone", phone) && holds(lastDigits(phone)) ? ["digits" as const] : [])
  ]
}

/** The ways by which this customer can be searched for. */
export const waysOf = ({ document, email, phone }: ConsumerKeys): ReadonlyArray<ConsumerWay> => [
  ...(document === undefined ? [] : ["document" as const]),
  ...(email === undefined ? [] : ["email" as const]),
  ...(phone === undefined ? [] : (["phone", "digits"] as const))
]
