import { Schema } from "effect"

/** What an event of `omnichannelRespostaCampanha` reports (SPEC 8.1). */
export const EventKind = Schema.Literals(["sent", "delivered", "read", "failed", "reply"])
export type EventKind = typeof EventKind.Type

/** What a reply contains, if that is not text alone (SPEC 8.10). `revoke`: it takes another message back. */
export const ReplyContent = Schema.Literals([
  "audio",
  "image",
  "video",
  "document",
  "sticker",
  "location",
  "contacts",
  "order",
  "flow",
  "edit",
  "revoke",
  "unsupported"
])
export type ReplyContent = typeof ReplyContent.Type

/**
 * One event of `omnichannelRespostaCampanha`, in the same form for every shape (SPEC 8.1): plain JSON, with clean texts
 * (SPEC 1.3) and names that are not blank.
 */
export const InboundEvent = Schema.Struct({
  kind: EventKind,
  /** The event's own time, epoch milliseconds; the time of receipt if it has no readable time. */
  at: Schema.Number,
  /** The event has a time that could not be read (SPEC 8.1). */
  timeUnread: Schema.optionalKey(Schema.Literal(true)),
  /** The event's own message id; for a status, that of the message it is about. */
  messageId: Schema.optionalKey(Schema.String),
  /** For a reply: the id of the message that it answers. */
  answersTo: Schema.optionalKey(Schema.String),
  /** Valid (SPEC 1.3). */
  correlationId: Schema.optionalKey(Schema.String),
  /** `cod_jornada`. */
  journey: Schema.optionalKey(Schema.String),
  /** The Case's number or sys_id. */
  caseId: Schema.optionalKey(Schema.String),
  /** The customer's, as received. */
  phone: Schema.optionalKey(Schema.String),
  /** The customer's ids in WhatsApp (BSUID), which stand in for a hidden phone. */
  users: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The customer's chat at the vendor. */
  chat: Schema.optionalKey(Schema.String),
  /** The group in which the customer wrote. */
  group: Schema.optionalKey(Schema.String),
  /** The id of our own number (`phone_number_id`). */
  business: Schema.optionalKey(Schema.String),
  /** Every reply has one: `""` without any text (a sticker), the payload for a button (SPEC 8.10). */
  text: Schema.optionalKey(Schema.String),
  /** The text that the customer read on the button, if its payload differs. */
  label: Schema.optionalKey(Schema.String),
  /** What a reply contains besides its text. Early versions did not store it. */
  content: Schema.optionalKey(ReplyContent),
  /** For a reply: the id of the message whose words it replaces. */
  edits: Schema.optionalKey(Schema.String),
  /** For a reply: the id of the message that it takes back. */
  revokes: Schema.optionalKey(Schema.String),
  /** For a failure: the error's code. */
  code: Schema.optionalKey(Schema.String),
  /** For a failure: the error's text. */
  message: Schema.optionalKey(Schema.String)
})
export type InboundEvent = typeof InboundEvent.Type

/** Two events of one communication have the same key if and only if one duplicates the other (SPEC 8.4). */
export const eventKey = ({ at, content, kind, messageId, revokes = "", text = "" }: InboundEvent): string => {
  // A vendor may give a message and the one that takes it back the same id.
  if (content === "revoke") return JSON.stringify(["revoke", messageId ?? at, revokes])
  if (messageId === undefined) return JSON.stringify(["at", at, kind, text])
  return JSON.stringify(kind === "reply" ? ["id", messageId, kind, text] : ["id", messageId, kind])
}
