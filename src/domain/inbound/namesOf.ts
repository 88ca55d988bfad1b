import { phoneSpellings } from "../values/phone.ts"
import { eventKey, type InboundEvent } from "./InboundEvent.ts"

/** A name by which events can refer to a communication (SPEC 8.2). */
export interface IndexEntry {
  /**
   * `answer`: a reply that does not name its communication. Its duplicates do not name it either, and neither does the
   * edit of it.
   */
  readonly kind: "case_number" | "case_sys_id" | "message_id" | "answer"
  readonly value: string
}

/**
 * The part of a name's value that is compared. An entry of the database's index must stay below Postgres' limit of
 * 2,704 bytes. The cut never leaves half a character, which Postgres would not return.
 */
export const indexKey = (value: string): string => value.slice(0, 400).toWellFormed()

/**
 * How an event identifies its communication: by a name or by the correlation id itself (`id`). An answer without either
 * has one E.164 spelling of its sender's `phone`, which identifies the only communication that awaits its answer.
 * `record` is the place of the record of an event that waits beside other events of it, and `refused` that of one that
 * only waits for their common dead letter. Neither leads to a communication.
 */
export type ParkedName = IndexEntry | { readonly kind: "id" | "phone" | "record" | "refused"; readonly value: string }

const sysId = /^[0-9a-f]{32}$/

/**
 * The spellings of the sender's phone, for a reply that may be matched by it. A reply that names its communication or
 * its Case waits for that one (SPEC 8.3), since the same customer may have two communications.
 */
export const phonesOf = ({ caseId, correlationId, kind, phone }: InboundEvent): ReadonlyArray<string> =>
  kind !== "reply" || phone === undefined || correlationId !== undefined || caseId !== undefined
    ? []
    : phoneSpellings(phone)

/**
 * Identifies a repeated answer without a name of its communication, by its sender and what duplicates share (SPEC 8.4).
 * The phone alone would not find the communication twice: after the first time it no longer awaits an answer.
 */
export const answerName = (event: InboundEvent): string | undefined => {
  const [phone] = phonesOf(event)
  return phone === undefined ? undefined : `${phone} ${eventKey(event)}`
}

/**
 * Identifies a message that does not name its communication, by its sender and its id, to the messages that edit it or
 * take it back (SPEC 8.2). Vendors may number the messages of each chat.
 */
export const messageName = (event: InboundEvent, messageId: string | undefined): string | undefined => {
  const [phone] = phonesOf(event)
  return phone === undefined || messageId === undefined
    ? undefined
    : `${phone} ${JSON.stringify(["message", messageId])}`
}

/** The ids by which an event names its communication, most trusted first (SPEC 8.2). */
export const idsOf = (
  event: InboundEvent
): ReadonlyArray<IndexEntry | { readonly kind: "id"; readonly value: string }> => {
  const { answersTo, caseId, correlationId, edits, messageId, revokes } = event
  const original = edits ?? revokes
  const names: ReadonlyArray<readonly [IndexEntry["kind"] | "id", string | undefined]> = [
    ["id", correlationId],
    [caseId !== undefined && sysId.test(caseId) ? "case_sys_id" : "case_number", caseId],
    ["answer", answerName(event)],
    // Its edit may have come first.
    ["answer", messageName(event, messageId)],
    ["message_id", messageId],
    ["message_id", original],
    ["answer", messageName(event, original)],
    ["message_id", answersTo]
  ]
  return names.flatMap(([kind, value]) => (value === undefined ? [] : [{ kind, value }]))
}

/** All names by which a parked event can be claimed, most trusted first (SPEC 8.3). */
export const namesOf = (event: InboundEvent): ReadonlyArray<ParkedName> => [
  ...idsOf(event),
  ...phonesOf(event).map((value) => ({ kind: "phone", value }) as const)
]
