import { Result, Clock, Effect } from "effect"

import type { Json } from "../../domain/record/ChannelResult.ts"
import { serviceNowOutcome } from "../../domain/vendor/breaker.ts"
import { Refused, Unreadable, HeldBack, isOutageReason, type OutageReason } from "../../domain/vendor/failureReasons.ts"
import { Breakers, CircuitOpen, type Pass, type CallState } from "../../services/Breakers.ts"
import { type HttpAnswer, Http, type HttpRequest } from "../../services/Http.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import { apiText, isObject, readJson, retryAfter } from "../http/answer.ts"
import { attemptSpan } from "../http/attemptSpan.ts"
import { makeAuthorization } from "./authorization.ts"

/** An answer that counts (SPEC 4.4): the status, 200 or 201, and the content of `result`. */
export interface AcceptedAnswer {
  readonly status: number
  readonly result: unknown
  /** `X-Total-Count`: how many rows the query matched, those included that the user may not read. */
  readonly total?: number
}

/** Why one attempt failed or was not made. */
export type AttemptReason = OutageReason | HeldBack

export interface Call<E = never> {
  readonly method: HttpRequest["method"]
  /** Path and query below the instance's URL. */
  readonly path: string
  readonly body?: Json
  /** Runs right before the request is sent. The call may have waited for a slot or a shut way until then. */
  readonly onSending?: Effect.Effect<void, E>
}

/** The attempt's number within its operation, from 1, and what the breaker knows of that operation. */
export interface AttemptState {
  readonly number: number
  readonly callState: CallState
}

/** Makes one attempt, without a retry except for a refused OAuth token (SPEC 4.6). */
export type Attempt = <E = never>(
  call: Call<E>,
  attemptState: AttemptState
) => Effect.Effect<AcceptedAnswer, AttemptReason | E>

const unreadable = (status: number, detail: string) => Result.fail(new Unreadable({ status, detail }))

const totalOf = ({ headers }: HttpAnswer): Pick<AcceptedAnswer, "total"> => {
  const total = headers["x-total-count"] ?? ""
  return /^\d{1,15}$/.test(total) ? { total: Number(total) } : {}
}

const refused = (status: number, body: unknown, wait: number | undefined) =>
  Result.fail(new Refused({ status, ...apiText(status, body), ...(wait !== undefined && { retryAfter: wait }) }))

/**
 * Accepts only 200 and 201 in JSON, with a `result` and without an `error` key (SPEC 4.4). `now` is in epoch
 * milliseconds.
 */
const readAnswer = (answer: HttpAnswer, now: number): Result.Result<AcceptedAnswer, Refused | Unreadable> => {
  const { body, status } = answer
  const parsed = readJson(body)
  if (status >= 400) return refused(status, parsed, retryAfter(answer, now))
  if (status !== 200 && status !== 201) return unreadable(status, `a resposta ${status} não conta como executada`)
  if (parsed === undefined) return unreadable(status, "a resposta não é JSON")
  if (!isObject(parsed)) return unreadable(status, "a resposta não é um objeto")
  if ("error" in parsed) return refused(status, parsed, undefined)
  if (parsed.result === undefined || parsed.result === null) return unreadable(status, "a resposta não tem result")
  return Result.succeed({ status, result: parsed.result, ...totalOf(answer) })
}

/**
 * Calls the instance with at most SERVICENOW_CONCURRENCY requests at once. A call holds its slot only during the
 * exchange. No call is made while the circuit breaker is open (SPEC 9.2).
 */
export const makeAttempt = Effect.gen(function* () {
  const http = yield* Http
  const { servicenow: breaker } = yield* Breakers
  const { serviceNow } = yield* Settings
  const authorization = yield* makeAuthorization
  const clock = yield* Clock.Clock

  const exchange = Effect.fnUntraced(function* <E>(call: Call<E>, number: number, header: string) {
    const lease = yield* CurrentLease
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
      mayBegin: lease.holds
    }
    yield* Effect.interruptible(lease.awaitValid)
    yield* call.onSending ?? Effect.void
    return yield* attemptSpan(
      "servicenow",
      request,
      number - 1
    )(http.send(request)).pipe(Effect.mapError(({ reason }) => reason))
  }, Effect.uninterruptible)

  const read = (answer: HttpAnswer) => Effect.fromResult(readAnswer(answer, clock.currentTimeMillisUnsafe()))

  /** Repeats the request with a new token, if one can be had. */
  const exchangeWithNewToken = Effect.fnUntraced(function* <E>(
    call: Call<E>,
    number: number,
    refused: string,
    first: HttpAnswer
  ) {
    const renewed = yield* authorization.forget(refused)
    return renewed ? yield* exchange(call, number, yield* authorization.header) : first
  })

  const authorizedExchange = <E>(call: Call<E>, number: number) =>
    Effect.flatMap(authorization.header, (header) =>
      Effect.flatMap(exchange(call, number, header), (answer) =>
        answer.status === 401 ? Effect.flatMap(exchangeWithNewToken(call, number, header, answer), read) : read(answer)
      )
    )

  const report = (pass: Pass<OutageReason>, failure: unknown) =>
    isOutageReason(failure) ? pass.report(serviceNowOutcome(failure)) : Effect.void

  const reportedExchange =
    <E>(call: Call<E>, number: number) =>
    (pass: Pass<OutageReason>) =>
      Effect.matchEffect(authorizedExchange(call, number), {
        onSuccess: (answer) => Effect.as(pass.report({ _tag: "Alive" }), answer),
        onFailure: (failure) => Effect.andThen(report(pass, failure), Effect.fail(failure))
      })

  const attempt: Attempt = (call, { number, callState }) =>
    breaker
      .pass(callState, reportedExchange(call, number))
      .pipe(
        Effect.mapError((failure) =>
          failure instanceof CircuitOpen ? new HeldBack({ reason: failure.reason }) : failure
        )
      )
  return attempt
})
