import { type Fields, isFields } from "../RecordReader.ts"
import { type Reading, unknownKind, withoutKind } from "./Reading.ts"
import { firstName, listOf, type Scopes } from "./scopes.ts"
import { isItem, type ItemList, readItem } from "./whatsappItem.ts"

const isItemList = (name: string): name is ItemList => name === "statuses" || name === "messages"

/** The lists of a `value`, in its own order. */
const itemsOf = (value: Fields): ReadonlyArray<{ readonly list: ItemList; readonly item: Fields }> =>
  Object.keys(value)
    .filter(isItemList)
    .flatMap((list) => listOf(value[list]).map((item) => ({ list, item })))

const readValue = (value: Fields, around: Scopes, receivedAt: number): ReadonlyArray<Reading> =>
  itemsOf(value).map(({ list, item }) => readItem(list, item, [value, ...around], receivedAt))

/** What a change says; one of another `field` (a template's review, an account's) is of a kind that is not ours. */
const readChange = (change: Fields, around: Scopes, receivedAt: number): ReadonlyArray<Reading> => {
  const value = change["value"]
  const readings = isFields(value) ? readValue(value, [change, ...around], receivedAt) : []
  if (readings.length > 0) return readings
  const field = firstName([change["field"]])
  return [field === undefined ? withoutKind : unknownKind(field)]
}

const changesOf = (entry: Fields, around: Scopes) => listOf(entry["changes"]).map((change) => ({ change, around }))

/**
 * WhatsApp's Cloud API: every status and message of every change of every entry, in order (fixtures/README), also without
 * the outer envelopes. `undefined` when the object is none of these.
 */
export const readWhatsapp = (object: Fields, outer: Scopes, receivedAt: number): ReadonlyArray<Reading> | undefined => {
  const around = [object, ...outer]
  const changes = [
    ...listOf(object["entry"]).flatMap((entry) => changesOf(entry, [entry, ...around])),
    // Other events may have `changes` of their own.
    ...changesOf(object, around).filter(({ change }) => isFields(change["value"]))
  ]
  if (changes.length > 0) return changes.flatMap(({ change, around }) => readChange(change, around, receivedAt))
  if (Array.isArray(object["entry"])) return [unknownKind(firstName([object["object"]]) ?? "entry")]
  const value = object["value"]
  if (isFields(value) && itemsOf(value).length > 0) return readValue(value, around, receivedAt)
  return itemsOf(object).some(({ list, item }) => isItem(list, item)) ? readValue(object, outer, receivedAt) : undefined
}
