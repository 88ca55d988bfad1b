import { type Fields, isFields } from "../record/RecordReader.ts"
import { buildEvent } from "./buildEvent.ts"
import { firstName, objectsOf, type Candidates, valuesOf } from "./candidates.ts"
import { readKind, firstTime, timeFields, type Reading, unknownKind, withoutKind } from "./eventKind.ts"
import type { EventKind } from "./InboundEvent.ts"

type ItemList = "statuses" | "messages"

/** True for what the Cloud API puts into the list: answers of other APIs have `messages` of ids alone. */
const isItem = (list: ItemList, item: Fields): boolean =>
  list === "statuses" ? readKind([item]) !== undefined : firstName(valuesOf([item], ["type", "from"])) !== undefined

/** Of a message the `type` that nobody calls an answer: a changed number, a chat that was opened, a reaction taken back. */
const noticeType = (item: Fields): string | undefined => {
  const type = firstName([item["type"]])
  if (type === "system" || type === "request_welcome") return type
  const takenBack = objectsOf(item["reaction"]).every(({ emoji }) => firstName([emoji]) === undefined)
  return type === "reaction" && takenBack ? type : undefined
}

const kindOf = (list: ItemList, item: Fields): EventKind | Reading => {
  if (list === "statuses") {
    const said = readKind([item])
    return said?.kind ?? (said === undefined ? withoutKind : unknownKind(said.name))
  }
  if (!isItem(list, item)) return withoutKind
  const notice = noticeType(item)
  return notice === undefined ? "reply" : unknownKind(notice)
}

/** One of `statuses` or `messages`; what a customer sends is a reply, whatever its `type`. */
const readItem = (list: ItemList, item: Fields, around: Candidates, receivedAt: number): Reading => {
  const kind = kindOf(list, item)
  if (typeof kind !== "string") return kind
  const event = buildEvent({
    kind,
    at: firstTime(valuesOf([item, ...around], timeFields)) ?? receivedAt,
    messageIds: valuesOf([item], ["id", "message_id"]),
    own: [item],
    shared: around
  })
  return { _tag: "Event", event }
}

const isItemList = (name: string): name is ItemList => name === "statuses" || name === "messages"

/** The lists of a `value`, in its own order. */
const itemsOf = (value: Fields): ReadonlyArray<{ readonly list: ItemList; readonly item: Fields }> =>
  Object.keys(value)
    .filter(isItemList)
    .flatMap((list) => objectsOf(value[list]).map((item) => ({ list, item })))

const readValue = (value: Fields, around: Candidates, receivedAt: number): ReadonlyArray<Reading> =>
  itemsOf(value).map(({ list, item }) => readItem(list, item, [value, ...around], receivedAt))

/** What a change says; one of another `field` (a template's review, an account's) is of a kind that is not ours. */
const readChange = (change: Fields, around: Candidates, receivedAt: number): ReadonlyArray<Reading> => {
  const value = change["value"]
  const readings = isFields(value) ? readValue(value, [change, ...around], receivedAt) : []
  if (readings.length > 0) return readings
  const field = firstName([change["field"]])
  return [field === undefined ? withoutKind : unknownKind(field)]
}

const changesOf = (entry: Fields, around: Candidates) =>
  objectsOf(entry["changes"]).map((change) => ({ change, around }))

/**
 * WhatsApp's Cloud API: every status and message of every change of every entry, in order (fixtures/README), also without
 * the outer envelopes. `undefined` when the object is none of these.
 */
export const readWhatsapp = (
  object: Fields,
  outer: Candidates,
  receivedAt: number
): ReadonlyArray<Reading> | undefined => {
  const shared = [object, ...outer]
  const changes = [
    ...objectsOf(object["entry"]).flatMap((entry) => changesOf(entry, [entry, ...shared])),
    // Other events may have `changes` of their own.
    ...changesOf(object, shared).filter(({ change }) => isFields(change["value"]))
  ]
  if (changes.length > 0) return changes.flatMap(({ change, around }) => readChange(change, around, receivedAt))
  if (Array.isArray(object["entry"])) return [unknownKind(firstName([object["object"]]) ?? "entry")]
  const value = object["value"]
  if (isFields(value) && itemsOf(value).length > 0) return readValue(value, shared, receivedAt)
  return itemsOf(object).some(({ list, item }) => isItem(list, item)) ? readValue(object, outer, receivedAt) : undefined
}
