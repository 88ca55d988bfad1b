import { Schema } from "effect"

/** No whole answer within the time given. The request may have been carried out. `status` where it had come already. */
export class Timeout extends Schema.TaggedError<Timeout>()("Timeout", {
  after: Schema.Duration,
  status: Schema.optionalKey(Schema.Int)
}) {}

/**
 * The connection was never established, or nothing was sent on it: the request was surely not carried out. `withheld`: it was
 * there, and `mayBegin` said no.
 */
export class NotConnected extends Schema.TaggedError<NotConnected>()("NotConnected", {
  detail: Schema.String,
  withheld: Schema.optionalKey(Schema.Literal(true))
}) {}

/** The connection was lost after sending had begun. The request may have been carried out. `status` where it had come already. */
export class ConnectionLost extends Schema.TaggedError<ConnectionLost>()("ConnectionLost", {
  detail: Schema.String,
  status: Schema.optionalKey(Schema.Int)
}) {}

/** An answer that says no: a status that is no success, or an `error` key (SPEC 4.4). */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  status: Schema.Int,
  message: Schema.String,
  detail: Schema.String,
  /** Milliseconds that the server asked to wait (`Retry-After`). */
  retryAfter: Schema.optionalKey(Schema.Number)
}) {}

/** A success status with an answer that does not count: 202, HTML, no JSON, no `sys_id` (SPEC 4.4). */
export class Unreadable extends Schema.TaggedError<Unreadable>()("Unreadable", {
  status: Schema.Int,
  detail: Schema.String
}) {}

/** No OAuth token could be had, for `reason`: the call that wanted it was never sent, so it is no doubt (SPEC 4.3). */
export class TokenUnavailable extends Schema.TaggedError<TokenUnavailable>()("TokenUnavailable", {
  reason: Schema.Union([Timeout, NotConnected, ConnectionLost, Refused, Unreadable])
}) {}

/** Why an attempt on ServiceNow brought no answer that counts. */
const OutageReason = Schema.Union([Timeout, NotConnected, ConnectionLost, Refused, Unreadable, TokenUnavailable])
export type OutageReason = typeof OutageReason.Type
export const isOutageReason = Schema.is(OutageReason)

/** The circuit breaker, which `reason` had opened, held the call back for too long (SPEC 9.2): it was never sent. */
export class HeldBack extends Schema.TaggedError<HeldBack>()("HeldBack", { reason: OutageReason }) {}

/** A doubtful create whose Case cannot be looked for: the instance has no `u_id_correlacao` (SPEC 4.3). */
export class Indeterminate extends Schema.TaggedError<Indeterminate>()("Indeterminate", { detail: Schema.String }) {}

export const ServiceNowReason = Schema.Union([...OutageReason.members, HeldBack, Indeterminate])
export type ServiceNowReason = typeof ServiceNowReason.Type

/** Weni's answer was no success (SPEC 5.2): not accepted. `answer` is the body's fields, or `{ corpo }` where it is no object. */
export class DispatchRefusal extends Schema.TaggedError<DispatchRefusal>()("DispatchRefusal", {
  status: Schema.Int,
  message: Schema.String,
  answer: Schema.Record(Schema.String, Schema.Unknown),
  /** Milliseconds that the server asked to wait (`Retry-After`). */
  retryAfter: Schema.optionalKey(Schema.Number)
}) {}

export const WeniReason = Schema.Union([Timeout, NotConnected, ConnectionLost, DispatchRefusal])
export type WeniReason = typeof WeniReason.Type
