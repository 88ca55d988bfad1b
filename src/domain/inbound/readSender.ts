import { type Candidates, firstName, isSet, objectsIn, objectsOf, valuesOf } from "./candidates.ts"
import type { EventKind, InboundEvent } from "./InboundEvent.ts"

type Sender = Pick<InboundEvent, "users" | "chat" | "group" | "business">

/** How many ids of one customer are remembered. */
const mostUsers = 4

/** WhatsApp's own form: a country, perhaps `ENT`, and letters and digits. Vendors call other things `user_id`, too. */
const bsuid = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/

const userFields = {
  reply: ["from_user_id", "from_parent_user_id"],
  status: ["recipient_user_id", "recipient_parent_user_id"]
}

const namesIn = (values: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  values.flatMap((value) => firstName([value]) ?? [])

/** Lists of `contacts` by phone. They are read once, since all events of a record share them. */
const read = new WeakMap<object, ReadonlyMap<string | undefined, Candidates>>()

const contactsByPhone = (contacts: object): ReadonlyMap<string | undefined, Candidates> => {
  const byPhone = read.get(contacts) ?? Map.groupBy(objectsOf(contacts), ({ wa_id }) => firstName([wa_id]))
  read.set(contacts, byPhone)
  return byPhone
}

/** The entries of `contacts` about this event's customer: that of its phone, or the only one. */
const contactsOf = (scopes: Candidates, phone: string | undefined): Candidates => {
  const lists = valuesOf(scopes, ["contacts"])
    .filter((value) => typeof value === "object" && value !== null)
    .map(contactsByPhone)
  const own = phone === undefined ? [] : lists.flatMap((byPhone) => byPhone.get(phone)?.slice(0, mostUsers) ?? [])
  const [only = [], ...others] = lists.flatMap((byPhone) => [...byPhone.values()].slice(0, 2))
  return own.length > 0 || others.length > 0 || only.length !== 1 ? own : only
}

/**
 * Who wrote a reply, and where, besides the phone (SPEC 8.2): the customer's ids in WhatsApp, the chat, the group, and
 * our own number. For another kind of event, who got the message. `own` are the objects that describe only this event,
 * and `shared` those of its record.
 */
export const readSender = (
  own: Candidates,
  shared: Candidates,
  { kind, phone }: { readonly kind: EventKind; readonly phone: string | undefined }
): Sender => {
  const scopes = [...own, ...shared]
  const [contacts, ids] = [contactsOf(shared, phone), ["user_id", "parent_user_id"]]
  const loose = namesIn(valuesOf([...own, ...contacts], ids)).filter((name) => bsuid.test(name))
  const named = namesIn(valuesOf(own, userFields[kind === "reply" ? "reply" : "status"]))
  const users = [...new Set([...named, ...loose])].slice(0, mostUsers)
  const chat = firstName(valuesOf(objectsIn(valuesOf(own, ["chat"])), ["objectId", "id"]))
  // Z-API only says that it is a group.
  const isGroup = valuesOf(own, ["isGroup"]).some(isSet)
  const group = firstName(valuesOf(scopes, ["group_id"])) ?? (isGroup ? "isGroup" : undefined)
  const metadata = objectsIn(valuesOf(scopes, ["metadata"]))
  const business = firstName(valuesOf([...metadata, ...scopes], ["phone_number_id"]))
  return {
    ...(users.length > 0 && { users }),
    ...(chat !== undefined && { chat }),
    ...(group !== undefined && { group }),
    ...(business !== undefined && { business })
  }
}
