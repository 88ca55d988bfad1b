import type { Fields } from "../RecordReader.ts"
import { buildEvent } from "./buildEvent.ts"
import { readKind } from "./eventKind.ts"
import { firstTime, timeFields } from "./eventTime.ts"
import type { EventKind } from "./InboundEvent.ts"
import { type Reading, unknownKind, withoutKind } from "./Reading.ts"
import { firstName, listOf, type Scopes, valuesOf } from "./scopes.ts"

export type ItemList = "statuses" | "messages"

/** True for what the Cloud API puts into the list: answers of other APIs have `messages` of ids alone. */
export const isItem = (list: ItemList, item: Fields): boolean =>
  list === "statuses" ? readKind([item]) !== undefined : firstName(valuesOf([item], ["type", "from"])) !== undefined

/** Of a message the `type` that nobody calls an answer: a changed number, a chat that was opened, a reaction taken back. */
const noticeType = (item: Fields): string | undefined => {
  const type = firstName([item["type"]])
  if (type === "system" || type === "request_welcome") return type
  const takenBack = listOf(item["reaction"]).every(({ emoji }) => firstName([emoji]) === undefined)
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
export const readItem = (list: ItemList, item: Fields, around: Scopes, receivedAt: number): Reading => {
  const kind = kindOf(list, item)
  if (typeof kind !== "string") return kind
  const event = buildEvent({
    kind,
    at: firstTime(valuesOf([item, ...around], timeFields)) ?? receivedAt,
    messageIds: valuesOf([item], ["id", "message_id"]),
    near: [item],
    around
  })
  return { _tag: "Event", event }
}
