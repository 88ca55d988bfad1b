import { Context, type Effect, Schema } from "effect"

import { ConnectionLost, NotConnected, Timeout } from "../domain/vendor/failureReasons.ts"

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
