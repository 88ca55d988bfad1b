import { Schema } from "effect"

/** What an event of `omnichannelRespostaCampanha` says (SPEC 8.1). */
export const EventKind = Schema.Literals(["sent", "delivered", "read", "failed", "reply"])
export type EventKind = typeof EventKind.Type

/** One event of `omnichannelRespostaCampanha`, whatever its shape was (SPEC 8.1): plain JSON, texts clean (SPEC 1.3), names not blank. */
export const InboundEvent = Schema.Struct({
  kind: EventKind,
  /** The event's own time, epoch milliseconds; of one without a readable time, when it was received. */
  at: Schema.Number,
  /** Its own; of a status, of the message that it speaks of. */
  messageId: Schema.optionalKey(Schema.String),
  /** A reply: the id of the message that it answers. */
  answersTo: Schema.optionalKey(Schema.String),
  /** Valid (SPEC 1.3). */
  correlationId: Schema.optionalKey(Schema.String),
  /** `cod_jornada`. */
  journey: Schema.optionalKey(Schema.String),
  /** The Case's number or sys_id. */
  caseId: Schema.optionalKey(Schema.String),
  /** The customer's, as it came. */
  phone: Schema.optionalKey(Schema.String),
  /** Every reply has one, `""` where it says nothing in text (a sticker); of a button its payload (SPEC 8.10). */
  text: Schema.optionalKey(Schema.String),
  /** What the customer read on the button, where its payload says something else. */
  label: Schema.optionalKey(Schema.String),
  /** A failed one: the error's code. */
  code: Schema.optionalKey(Schema.String),
  /** A failed one: the error's text. */
  message: Schema.optionalKey(Schema.String)
})
export type InboundEvent = typeof InboundEvent.Type

/** Two events of one communication have the same key exactly when one duplicates the other (SPEC 8.4). */
export const eventKey = ({ kind, at, messageId, text = "" }: InboundEvent): string => {
  if (messageId === undefined) return JSON.stringify(["at", at, kind, text])
  return JSON.stringify(kind === "reply" ? ["id", messageId, kind, text] : ["id", messageId, kind])
}
