import { phoneSpellings } from "../values/phone.ts"
import { eventKey, type InboundEvent } from "./InboundEvent.ts"

/** What events can name a communication by (SPEC 8.2). */
export interface IndexEntry {
  /** `answer`: a reply that came without a name of its communication, as its duplicates come. */
  readonly kind: "case_number" | "case_sys_id" | "message_id" | "answer"
  readonly value: string
}

/**
 * What an event says of its communication: a name, the correlation id itself (`id`), or, of an answer without any, one
 * spelling of its sender's `phone` in E.164, which names the only communication that awaits an answer of it.
 */
export type ParkedName = IndexEntry | { readonly kind: "id" | "phone"; readonly value: string }

const sysId = /^[0-9a-f]{32}$/

/**
 * The spellings of its sender's phone, of a reply that may be known by it. One that names its communication or its Case
 * waits for that one (SPEC 8.3): the same customer may have two.
 */
export const phonesOf = ({ caseId, correlationId, kind, phone }: InboundEvent): ReadonlyArray<string> =>
  kind !== "reply" || phone === undefined || correlationId !== undefined || caseId !== undefined
    ? []
    : phoneSpellings(phone)

/**
 * What an answer without a name of its communication is known by when it comes again: its sender, and what duplicates share
 * (SPEC 8.4). The phone alone would not find its communication twice, for that awaits an answer no longer.
 */
export const answerName = (event: InboundEvent): string | undefined => {
  const [phone] = phonesOf(event)
  return phone === undefined ? undefined : `${phone} ${eventKey(event)}`
}

/** The ids that an event names its communication by, the most trusted first (SPEC 8.2). */
export const idsOf = (
  event: InboundEvent
): ReadonlyArray<IndexEntry | { readonly kind: "id"; readonly value: string }> => {
  const { answersTo, caseId, correlationId, messageId } = event
  const names: ReadonlyArray<readonly [IndexEntry["kind"] | "id", string | undefined]> = [
    ["id", correlationId],
    [caseId !== undefined && sysId.test(caseId) ? "case_sys_id" : "case_number", caseId],
    ["answer", answerName(event)],
    ["message_id", messageId],
    ["message_id", answersTo]
  ]
  return names.flatMap(([kind, value]) => (value === undefined ? [] : [{ kind, value }]))
}

/** All that a parked event can be claimed by, the most trusted first (SPEC 8.3). */
export const namesOf = (event: InboundEvent): ReadonlyArray<ParkedName> => [
  ...idsOf(event),
  ...phonesOf(event).map((value) => ({ kind: "phone", value }) as const)
]
