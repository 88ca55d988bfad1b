import { Clock, Effect, Semaphore } from "effect"

import type { Json } from "../../domain/Canal.ts"
import { Http, type HttpRequest } from "../../services/Http.ts"
import { CurrentClaim } from "../../services/Ownership.ts"
import type { Indeterminate, ServiceNowReason } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { attemptSpan } from "../http/attemptSpan.ts"
import { makeAuthorization } from "./auth.ts"
import { type Answered, readAnswer } from "./readAnswer.ts"

/** Why one attempt failed. */
export type AttemptReason = Exclude<ServiceNowReason, Indeterminate>

export interface Call {
  readonly method: HttpRequest["method"]
  /** Path and query below the instance's URL. */
  readonly path: string
  readonly body?: Json
  /** Told when the request is about to leave, epoch milliseconds: a slot may have been waited for. */
  readonly onSending?: (at: number) => void
}

/** One attempt, the `number`-th of its operation: no retry, but for a refused OAuth token (SPEC 4.6). */
export type Attempt = (call: Call, number: number) => Effect.Effect<Answered, AttemptReason>

/** The instance, reached by at most SERVICENOW_CONCURRENCY requests at once; a slot is held only during the exchange. */
export const makeAttempt = Effect.gen(function* () {
  const http = yield* Http
  const { serviceNow } = yield* Settings
  const slots = yield* Semaphore.make(serviceNow.concurrency)
  const authorization = yield* makeAuthorization

  const exchange = Effect.fnUntraced(function* (call: Call, number: number, header: string) {
    const claim = yield* CurrentClaim
    const request: HttpRequest = {
      method: call.method,
      url: serviceNow.url + call.path,
      headers: {
        accept: "application/json",
        authorization: header,
        ...(call.body && { "content-type": "application/json" })
      },
      ...(call.body && { body: JSON.stringify(call.body) }),
      timeout: serviceNow.timeout,
      mayBegin: claim.holds
    }
    const send = Effect.flatMap(Clock.currentTimeMillis, (at) => {
      call.onSending?.(at)
      return http.send(request)
    })
    // Waiting for a slot can be interrupted even where an attempt cannot: nothing is under way (SPEC 9.4).
    yield* Effect.interruptible(slots.take(1))
    return yield* Effect.interruptible(claim.held).pipe(
      Effect.andThen(attemptSpan("ServiceNow.attempt", request, { attempt: number })(send)),
      Effect.ensuring(slots.release(1)),
      Effect.mapError(({ reason }) => reason)
    )
  })

  const attempt = Effect.fnUntraced(function* (call: Call, number: number) {
    const header = yield* authorization.header
    const first = yield* Effect.uninterruptible(exchange(call, number, header))
    const renewed = first.status === 401 && (yield* authorization.forget(header))
    const answer = renewed ? yield* Effect.uninterruptible(exchange(call, number, yield* authorization.header)) : first
    return yield* Effect.fromResult(readAnswer(answer, yield* Clock.currentTimeMillis))
  })

  // The circuit breaker (SPEC 9.2) will stand here, around each attempt.
  return attempt satisfies Attempt
})
