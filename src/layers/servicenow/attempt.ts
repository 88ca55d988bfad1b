import { Result, Clock, Effect } from "effect"

import type { Json } from "../../domain/record/ChannelResult.ts"
import { serviceNowOutcome } from "../../domain/vendor/breaker.ts"
import { Refused, Unreadable, HeldBack, isOutageReason, type OutageReason } from "../../domain/vendor/failureReasons.ts"
import { Breakers, CircuitOpenTimeout, type Pass, type WaitBudget } from "../../services/Breakers.ts"
import { type HttpAnswer, Http, type HttpRequest } from "../../services/Http.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import { apiText, isObject, readJson, retryAfter } from "../http/answer.ts"
import { attemptSpan } from "../http/attemptSpan.ts"
import { makeAuthorization } from "./authorization.ts"

/** An answer that counts (SPEC 4.4): 200 or 201 and what its `result` holds. */
export interface AcceptedAnswer {
  readonly status: number
  readonly result: unknown
}

const unreadable = (status: number, detail: string) => Result.fail(new Unreadable({ status, detail }))

const refused = (status: number, body: unknown, wait: number | undefined) =>
  Result.fail(new Refused({ status, ...apiText(status, body), ...(wait !== undefined && { retryAfter: wait }) }))

/** Only 200 and 201, JSON, with a `result` and without an `error` key count (SPEC 4.4); `now` in epoch milliseconds. */
const readAnswer = (answer: HttpAnswer, now: number): Result.Result<AcceptedAnswer, Refused | Unreadable> => {
  const { body, headers, status } = answer
  const parsed = readJson(body)
  if (status >= 400) return refused(status, parsed, retryAfter(headers, now))
  if (status !== 200 && status !== 201) return unreadable(status, `a resposta ${status} não conta como executada`)
  if (parsed === undefined) return unreadable(status, "a resposta não é JSON")
  if (!isObject(parsed)) return unreadable(status, "a resposta não é um objeto")
  if ("error" in parsed) return refused(status, parsed, undefined)
  if (parsed.result === undefined || parsed.result === null) return unreadable(status, "a resposta não tem result")
  return Result.succeed({ status, result: parsed.result })
}

/** Why one attempt failed, or was not made. */
export type AttemptReason = OutageReason | HeldBack

export interface Call<E = never> {
  readonly method: HttpRequest["method"]
  /** Path and query below the instance's URL. */
  readonly path: string
  readonly body?: Json
  /** Run when the request is about to leave: a slot, or an open breaker, may have been waited for. */
  readonly onSending?: Effect.Effect<void, E>
}

/** Which attempt of its operation one is, from 1, and how long that operation has waited. */
export interface AttemptState {
  readonly number: number
  readonly waitBudget: WaitBudget
}

/** One attempt: no retry, but for a refused OAuth token (SPEC 4.6). */
export type Attempt = <E = never>(call: Call<E>, turn: AttemptState) => Effect.Effect<AcceptedAnswer, AttemptReason | E>

/**
 * The instance, reached by at most SERVICENOW_CONCURRENCY requests at once, a slot held only during the exchange, and not
 * at all while its circuit breaker is open (SPEC 9.2).
 */
export const makeAttempt = Effect.gen(function* () {
  const http = yield* Http
  const { servicenow: breaker } = yield* Breakers
  const { retry, serviceNow } = yield* Settings
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

  /** With a new token, where there is one to be had. */
  const askedAgain = Effect.fnUntraced(function* <E>(
    call: Call<E>,
    number: number,
    refused: string,
    first: HttpAnswer
  ) {
    const renewed = yield* authorization.forget(refused)
    return renewed ? yield* exchange(call, number, yield* authorization.header) : first
  })

  const asked = <E>(call: Call<E>, number: number) =>
    Effect.flatMap(authorization.header, (header) =>
      Effect.flatMap(exchange(call, number, header), (answer) =>
        answer.status === 401 ? Effect.flatMap(askedAgain(call, number, header, answer), read) : read(answer)
      )
    )

  const report = (pass: Pass<OutageReason>, failure: unknown) =>
    isOutageReason(failure) ? pass.report(serviceNowOutcome(failure, retry.maxDelay)) : Effect.void

  const watched =
    <E>(call: Call<E>, number: number) =>
    (pass: Pass<OutageReason>) =>
      Effect.matchEffect(asked(call, number), {
        onSuccess: (answered) => Effect.as(pass.report({ _tag: "Alive" }), answered),
        onFailure: (failure) => Effect.andThen(report(pass, failure), Effect.fail(failure))
      })

  const attempt: Attempt = (call, { number, waitBudget }) =>
    breaker
      .pass(waitBudget, watched(call, number))
      .pipe(
        Effect.mapError((failure) =>
          failure instanceof CircuitOpenTimeout ? new HeldBack({ reason: failure.reason }) : failure
        )
      )
  return attempt
})
