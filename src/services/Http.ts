import { Context, type Effect, Schema } from "effect"

import { ConnectionLost, NotConnected, Timeout } from "../domain/vendor/failureReasons.ts"

export class HttpError extends Schema.TaggedError<HttpError>()("HttpError", {
  reason: Schema.Union([Timeout, NotConnected, ConnectionLost])
}) {
  override get message() {
    return this.reason._tag
  }
}

/** Maximum milliseconds for connecting. */
export const connectTimeout = 10_000

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE"
  /** Absolute and already encoded. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /**
   * Milliseconds from the first byte of the request to the last byte of the answer (SPEC 4.6). Connecting comes before
   * that and may take as long, but at most `connectTimeout`.
   */
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
    /**
     * Returns within `timeout` after connecting. Once this call has ended, by its answer, its failure or its
     * interruption, nothing more of the request is sent: an abandoned request takes its connection with it.
     */
    send(request: HttpRequest): Effect.Effect<HttpAnswer, HttpError>
  }
>()("brom-ctx/services/Http") {}
