import { Context, type Effect, Schema } from "effect"

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

export class HttpError extends Schema.TaggedError<HttpError>()("HttpError", {
  reason: Schema.Union([Timeout, NotConnected, ConnectionLost])
}) {
  override get message() {
    return this.reason._tag
  }
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE"
  /** Absolute, encoded as it is to be sent. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds from the call, connecting included, to the last byte of the answer. */
  readonly timeout: number
  /** Asked when a connection is there and the first byte would leave: where it says no, nothing is sent (`NotConnected`, `withheld`). */
  readonly mayBegin?: () => boolean
}

/** Any status is an answer; header names are in lower case. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One HTTP exchange: one attempt, no retry, no redirect, no interpretation of the status. */
export class Http extends Context.Service<
  Http,
  {
    /** Ends within `timeout`; interruption aborts the request. */
    send(request: HttpRequest): Effect.Effect<HttpAnswer, HttpError>
  }
>()("brom-ctx/services/Http") {}
