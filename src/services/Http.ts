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
  /** Absolute and already encoded. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds from the call, including connecting, to the last byte of the answer. */
  readonly timeout: number
  /**
   * Called when the connection is ready and the first byte is about to be sent. If it returns false, nothing is sent
   * (`NotConnected`, `withheld`).
   */
  readonly mayBegin?: () => boolean
}

/** Any status is an answer. Header names are in lower case. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Makes one HTTP exchange: one attempt, no retry, no redirect, no interpretation of the status. */
export class Http extends Context.Service<
  Http,
  {
    /** Returns within `timeout`. Interruption aborts the request. */
    send(request: HttpRequest): Effect.Effect<HttpAnswer, HttpError>
  }
>()("brom-ctx/services/Http") {}
