import { Schema } from "effect"

/** No complete answer in the given time. The request may have been carried out. `status` if it had arrived already. */
export class Timeout extends Schema.TaggedError<Timeout>()("Timeout", {
  after: Schema.Duration,
  status: Schema.optionalKey(Schema.Int)
}) {}

/**
 * The connection was never established, or nothing was sent on it. The request was certainly not carried out.
 * `withheld`: the connection was there, but `mayBegin` returned false.
 */
export class NotConnected extends Schema.TaggedError<NotConnected>()("NotConnected", {
  detail: Schema.String,
  withheld: Schema.optionalKey(Schema.Literal(true))
}) {}

/**
 * The connection was lost after sending had begun. The request may have been carried out. `status` if it had arrived
 * already.
 */
export class ConnectionLost extends Schema.TaggedError<ConnectionLost>()("ConnectionLost", {
  detail: Schema.String,
  status: Schema.optionalKey(Schema.Int)
}) {}

/** A negative answer: a status other than success, or an `error` key (SPEC 4.4). */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  status: Schema.Int,
  message: Schema.String,
  detail: Schema.String,
  /** Milliseconds that the server requested to wait (`Retry-After`). */
  retryAfter: Schema.optionalKey(Schema.Number)
}) {}

/** A success status with an unusable answer: 202, HTML, not JSON, no `sys_id` (SPEC 4.4). */
export class Unreadable extends Schema.TaggedError<Unreadable>()("Unreadable", {
  status: Schema.Int,
  detail: Schema.String,
  /** The answer has a record, but does not say which one it is. */
  hasRecord: Schema.optionalKey(Schema.Boolean)
}) {}

/**
 * No OAuth token was available, for `reason`. The call that needed it was never sent, so there is no doubt (SPEC 4.3).
 */
export class TokenUnavailable extends Schema.TaggedError<TokenUnavailable>()("TokenUnavailable", {
  reason: Schema.Union([Timeout, NotConnected, ConnectionLost, Refused, Unreadable])
}) {}

/** Why an attempt on ServiceNow returned no usable answer. */
const OutageReason = Schema.Union([Timeout, NotConnected, ConnectionLost, Refused, Unreadable, TokenUnavailable])
export type OutageReason = typeof OutageReason.Type
export const isOutageReason = Schema.is(OutageReason)

/**
 * The vendor is unavailable, as `reason` showed, so the call was not sent (SPEC 9.2). Or the operation waited for
 * another creation of the same customer until the order was too old (SPEC 3.3). An earlier request of the operation may
 * still take effect until `appearsUntil`, epoch milliseconds.
 */
export class HeldBack extends Schema.TaggedError<HeldBack>()("HeldBack", {
  reason: OutageReason,
  /** The last attempt was made, and failed for this reason. Otherwise an open breaker withheld it. */
  called: Schema.optionalKey(Schema.Literal(true)),
  appearsUntil: Schema.optionalKey(Schema.Number)
}) {}

/** Why one attempt on ServiceNow failed or was not made. */
export type AttemptReason = OutageReason | HeldBack

/** No look can show whether a doubtful write was carried out (SPEC 4.3, 6.2). The write is never repeated. */
export class Indeterminate extends Schema.TaggedError<Indeterminate>()("Indeterminate", {
  detail: Schema.String,
  /** The field by which looks do not show existing rows. */
  blindField: Schema.optionalKey(Schema.String)
}) {}

export const ServiceNowReason = Schema.Union([...OutageReason.members, HeldBack, Indeterminate])
export type ServiceNowReason = typeof ServiceNowReason.Type

/**
 * Weni answered without success (SPEC 5.2): not accepted. `answer` has the body's fields, or `{ corpo }` if the body is
 * not an object.
 */
export class DispatchRefusal extends Schema.TaggedError<DispatchRefusal>()("DispatchRefusal", {
  status: Schema.Int,
  message: Schema.String,
  answer: Schema.Record(Schema.String, Schema.Unknown),
  /** Milliseconds that the server requested to wait (`Retry-After`). */
  retryAfter: Schema.optionalKey(Schema.Number)
}) {}

/** Weni answered with success, but says that it did not take the contact (SPEC 5.2). `answer` as in a refusal. */
export class ContactRejected extends Schema.TaggedError<ContactRejected>()("ContactRejected", {
  status: Schema.Int,
  answer: Schema.Record(Schema.String, Schema.Unknown)
}) {}

export const WeniReason = Schema.Union([
  Timeout,
  NotConnected,
  ConnectionLost,
  Unreadable,
  DispatchRefusal,
  ContactRejected
])
export type WeniReason = typeof WeniReason.Type
