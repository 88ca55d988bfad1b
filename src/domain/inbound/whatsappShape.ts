import { type Fields, isFields } from "../record/RecordReader.ts"
import { buildEvent } from "./buildEvent.ts"
import { firstName, objectsOf, type Candidates, valuesOf } from "./candidates.ts"
import {
  isOwn,
  plainName,
  readEventTime,
  readKind,
  timeFields,
  type Reading,
  unknownKind,
  withoutKind
} from "./eventKind.ts"
import type { EventKind } from "./InboundEvent.ts"
import { kindWithContent } from "./replyContent.ts"

type ItemList = "statuses" | "messages"

/** True for an item that the Cloud API puts into the list. Responses of other APIs have `messages` with only ids. */
const isItem = (list: ItemList, item: Fields): boolean =>
  list === "statuses" ? readKind([item]) !== undefined : firstName(valuesOf([item], ["type", "from"])) !== undefined

/** The `type` of a message that is not an answer: a changed number, an opened chat, a removed reaction. */
const noticeType = (item: Fields): string | undefined => {
  const type = firstName([item["type"]])
  if (type === "system" || type === "request_welcome") return type
  const isRemoved = objectsOf(item["reaction"]).every(({ emoji }) => firstName([emoji]) === undefined)
  return type === "reaction" && isRemoved ? type : undefined
}

/** The kind of a status. The status of a payment or a call is not that of a message (SPEC 8.1). */
const kindOfStatus = (item: Fields): EventKind | Reading => {
  const { kind, name } = readKind([item]) ?? {}
  if (name === undefined) return withoutKind
  const type = firstName([item["type"]])
  if (type !== undefined && plainName(type) !== "message") return unknownKind(type)
  return kind === undefined ? unknownKind(name) : kindWithContent({ kind, name }, [item])
}

const kindOf = (list: ItemList, item: Fields): EventKind | Reading => {
  if (list === "statuses") return kindOfStatus(item)
  if (!isItem(list, item)) return withoutKind
  if (isOwn([item])) return unknownKind("fromMe")
  const notice = noticeType(item)
  return notice === undefined ? "reply" : unknownKind(notice)
}

/** Reads one item of `statuses` or `messages`. A customer's message is a reply, except for a `noticeType`. */
const readItem = (list: ItemList, item: Fields, parents: Candidates, receivedAt: number): Reading => {
  const kind = kindOf(list, item)
  if (typeof kind !== "string") return kind
  const event = buildEvent({
    kind,
    time: readEventTime(valuesOf([item, ...parents], timeFields), receivedAt),
    messageIds: valuesOf([item], ["id", "message_id"]),
    own: [item],
    shared: parents
  })
  return { _tag: "Event", event }
}

const isItemList = (name: string): name is ItemList => name === "statuses" || name === "messages"

/** The items of both lists of a `value`, in its own order. */
const itemsOf = (value: Fields): ReadonlyArray<{ readonly list: ItemList; readonly item: Fields }> =>
  Object.keys(value)
    .filter(isItemList)
    .flatMap((list) => objectsOf(value[list]).map((item) => ({ list, item })))

const readValue = (value: Fields, parents: Candidates, receivedAt: number): ReadonlyArray<Reading> =>
  itemsOf(value).map(({ list, item }) => readItem(list, item, [value, ...parents], receivedAt))

/** Reads one change. A change of another `field` (a review of a template or account) is of a kind that is not ours. */
const readChange = (change: Fields, parents: Candidates, receivedAt: number): ReadonlyArray<Reading> => {
  const value = change["value"]
  const readings = isFields(value) ? readValue(value, [change, ...parents], receivedAt) : []
  if (readings.length > 0) return readings
  const field = firstName([change["field"]])
  return [field === undefined ? withoutKind : unknownKind(field)]
}

const changesOf = (entry: Fields, parents: Candidates) =>
  objectsOf(entry["changes"]).map((change) => ({ change, parents }))

/**
 * Reads WhatsApp's Cloud API: every status and message of every change of every entry, in order (fixtures/README), even
 * without the outer envelopes. `undefined` when the object has none of these shapes.
 */
export const readWhatsapp = (
  object: Fields,
  outer: Candidates,
  receivedAt: number
): ReadonlyArray<Reading> | undefined => {
  const shared = [object, ...outer]
  const changes = [
    ...objectsOf(object["entry"]).flatMap((entry) => changesOf(entry, [entry, ...shared])),
    // Events of other shapes may have `changes` of their own.
    ...changesOf(object, shared).filter(({ change }) => isFields(change["value"]))
  ]
  if (changes.length > 0) return changes.flatMap(({ change, parents }) => readChange(change, parents, receivedAt))
  if (Array.isArray(object["entry"])) return [unknownKind(firstName([object["object"]]) ?? "entry")]
  const value = object["value"]
  if (isFields(value) && itemsOf(value).length > 0) return readValue(value, shared, receivedAt)
  return itemsOf(object).some(({ list, item }) => isItem(list, item)) ? readValue(object, outer, receivedAt) : undefined
}
