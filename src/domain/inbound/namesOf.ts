import { phoneSpellings } from "../values/phone.ts"
import { eventKey, type InboundEvent } from "./InboundEvent.ts"

/** A name by which events can refer to a communication (SPEC 8.2). */
export interface IndexEntry {
  /**
   * `answer`: a reply that only its sender matches. Its duplicates find the same communication, and so do its edits.
   * `unclear`: such a reply that several communications may have caused. `user`, `chat`: the customer's. `business`:
   * our own number, by which no communication is found.
   */
  readonly kind: "case_number" | "case_sys_id" | "message_id" | "answer" | "unclear" | "user" | "chat" | "business"
  readonly value: string
}

/** A name that an append adds to the index: for its own communication, or for `id`. */
export type NewEntry = IndexEntry & { readonly id?: string }

/**
 * The part of a name's value that is compared. An entry of the database's index must stay below Postgres' limit of
 * 2,704 bytes. The cut never leaves half a character, which Postgres would not return.
 */
export const indexKey = (value: string): string => value.slice(0, 400).toWellFormed()

/** A name that leads to communications: by the index, by the correlation id itself, or by a phone (E.164). */
export type EventName = IndexEntry | { readonly kind: "id" | "phone"; readonly value: string }

/**
 * A name under which an event is parked. `record` is the record of an event that waits together with other events of
 * it. `refused` is the record of an event that only waits for their common dead letter. Neither leads to a
 * communication.
 */
export type ParkedName = EventName | { readonly kind: "record" | "refused"; readonly value: string }

const sysId = /^[0-9a-f]{32}$/

/** The name of a Case, by its number or sys_id. */
export const caseName = (caseId: string) =>
  ({ kind: sysId.test(caseId) ? "case_sys_id" : "case_number", value: caseId }) as const

const named = <Kind extends EventName["kind"]>(kind: Kind, values: ReadonlyArray<string | undefined>) =>
  values.flatMap((value) => (value === undefined ? [] : [{ kind, value }]))

/** The customer's ids and chat in an event. None in a group, where others read and write, too. */
export const customerNames = ({ chat, group, users = [] }: InboundEvent): ReadonlyArray<IndexEntry> =>
  group === undefined ? [...named("user", users), ...named("chat", [chat])] : []

/**
 * The names of the sender of a reply that may be matched by them, the phone in its E.164 spellings. A reply that names
 * its communication or its Case waits for that one (SPEC 8.3), since the same customer may have two communications.
 */
export const senderNames = (event: InboundEvent): ReadonlyArray<EventName> => {
  const { caseId, correlationId, group, kind, phone } = event
  if (kind !== "reply" || correlationId !== undefined || caseId !== undefined || group !== undefined) return []
  return [...named("phone", phone === undefined ? [] : phoneSpellings(phone)), ...customerNames(event)]
}

/**
 * Identifies a repeated answer without a name of its communication, by its sender and what duplicates share (SPEC 8.4).
 * The sender alone would not find the communication twice: after the first time it no longer awaits an answer.
 */
export const answerName = (event: InboundEvent): string | undefined => {
  const [sender] = senderNames(event)
  return sender && `${sender.value} ${eventKey(event)}`
}

/**
 * Identifies a message that does not name its communication, by its sender and its id, to the messages that edit it or
 * take it back (SPEC 8.2). Vendors may number the messages of each chat.
 */
const messageName = (event: InboundEvent, messageId: string | undefined): string | undefined => {
  const [sender] = senderNames(event)
  return sender === undefined || messageId === undefined
    ? undefined
    : `${sender.value} ${JSON.stringify(["message", messageId])}`
}

const defined = (values: ReadonlyArray<string | undefined>) => values.flatMap((value) => value ?? [])

/**
 * The names under which a reply that only its sender matches is remembered, so that its duplicates, its edits and
 * messages that take it back find it.
 */
export const answerNames = (event: InboundEvent): ReadonlyArray<string> =>
  defined([answerName(event), messageName(event, event.messageId), messageName(event, event.edits)])

/**
 * The names under which such a reply, its edit, or the message that it edits or takes back was remembered if it came
 * before.
 */
export const earlierNames = (event: InboundEvent): ReadonlyArray<string> =>
  defined([answerName(event), messageName(event, event.messageId), messageName(event, event.edits ?? event.revokes)])

/** The messages that an event is about: the one that it answers, edits or takes back. */
export const messagesOf = ({ answersTo, edits, revokes }: InboundEvent): ReadonlyArray<string> =>
  defined([answersTo, edits ?? revokes])

/** All names by which an event can be claimed, most trusted first (SPEC 8.2, 8.3). */
export const namesOf = (event: InboundEvent): ReadonlyArray<EventName> => {
  const { caseId, correlationId, messageId } = event
  const earlier = earlierNames(event)
  return [
    ...named("id", [correlationId]),
    ...(caseId === undefined ? [] : [caseName(caseId)]),
    ...named("answer", earlier),
    ...named("unclear", earlier),
    ...named("message_id", [...new Set([...messagesOf(event), ...defined([messageId])])]),
    ...senderNames(event)
  ]
}
