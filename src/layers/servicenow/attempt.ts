import { Result, Clock, Effect } from "effect"

import type { Json } from "../../domain/record/ChannelResult.ts"
import { serviceNowOutcome } from "../../domain/vendor/breaker.ts"
import {
  type AttemptReason,
  HeldBack,
  type OutageReason,
  Refused,
  Unreadable
} from "../../domain/vendor/failureReasons.ts"
import { Breakers, CircuitOpen, type Pass } from "../../services/Breakers.ts"
import { type HttpAnswer, Http, type HttpRequest } from "../../services/Http.ts"
import { CurrentLease, type Lease } from "../../services/Ownership.ts"
import type { AttemptState } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { apiText, isObject, readJson, retryAfter } from "../http/answer.ts"
import { attemptSpan } from "../http/attemptSpan.ts"
import { makeAuthorization } from "./authorization.ts"

/** An answer that counts (SPEC 4.4): the status, 200 or 201, and the content of `result`. */
export interface AcceptedAnswer {
  readonly status: number
  readonly result: unknown
  /** `X-Total-Count`: how many rows the query matched, including those that the user may not read. */
  readonly total?: number
}

export interface Call {
  readonly method: HttpRequest["method"]
  /** Path and query below the instance's URL. */
  readonly path: string
  readonly body?: Json
}

/** Sends the request of an admitted attempt. */
export type Send = (call: Call) => Effect.Effect<AcceptedAnswer, OutageReason>

/** `ServiceNow.admit` for any request: `use` sends one. */
export type Admit = <A, E, R>(
  attemptState: AttemptState,
  use: (send: Send) => Effect.Effect<A, E, R>
) => Effect.Effect<A, E | AttemptReason, R>

/** Makes one attempt, without a retry except for a refused OAuth token (SPEC 4.6). */
export type Attempt = (call: Call, attemptState: AttemptState) => Effect.Effect<AcceptedAnswer, AttemptReason>

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

/** An attempt that its breaker has let through. */
interface Admitted {
  readonly pass: Pass<OutageReason>
  readonly number: number
}

/**
 * Calls the instance with at most SERVICENOW_CONCURRENCY requests at once. A call holds its slot only during the
 * exchange. No call is made while the circuit breaker is open (SPEC 9.2).
 */
export const makeAdmit = Effect.gen(function* () {
  const http = yield* Http
  const { servicenow: breaker } = yield* Breakers
  const { serviceNow } = yield* Settings
  const authorization = yield* makeAuthorization
  const clock = yield* Clock.Clock

  const exchange = (call: Call, number: number, header: string, { holds }: Lease) => {
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
      mayBegin: holds
    }
    return attemptSpan(
      "servicenow",
      request,
      number - 1
    )(http.send(request)).pipe(Effect.mapError(({ reason }) => reason))
  }

  const read = (answer: HttpAnswer) => Effect.fromResult(readAnswer(answer, clock.currentTimeMillisUnsafe()))

  const reportFailure =
    ({ pass }: Admitted) =>
    (failure: OutageReason) =>
      pass.report(serviceNowOutcome(failure))

  const reported = (admitted: Admitted, answered: Effect.Effect<AcceptedAnswer, OutageReason>) =>
    Effect.matchEffect(answered, {
      onSuccess: (answer) => Effect.as(admitted.pass.report({ _tag: "Alive" }), answer),
      onFailure: (failure) => Effect.andThen(reportFailure(admitted)(failure), Effect.fail(failure))
    })

  /** Runs `use` again with a new token, once, if its token was refused and another can be had. */
  const useToken = Effect.fnUntraced(function* <A, E, R>(
    admitted: Admitted,
    use: (send: Send) => Effect.Effect<A, E, R>
  ): Effect.fn.Return<A, E | OutageReason, R> {
    const lease = yield* CurrentLease
    for (let isRenewed = false; ; isRenewed = true) {
      const header = yield* Effect.tapError(authorization.header, reportFailure(admitted))
      yield* Effect.interruptible(lease.awaitValid)
      let hasNewToken = false
      const answered = (answer: HttpAnswer) =>
        answer.status !== 401 || isRenewed
          ? reported(admitted, read(answer))
          : Effect.flatMap(authorization.forget(header), (renewed) => {
              hasNewToken = renewed
              return renewed ? read(answer) : reported(admitted, read(answer))
            })
      const send: Send = (call) =>
        Effect.matchEffect(exchange(call, admitted.number, header, lease), {
          onSuccess: answered,
          onFailure: (failure) => reported(admitted, Effect.fail(failure))
        })
      const exit = yield* Effect.exit(Effect.uninterruptible(use(send)))
      if (!hasNewToken) return yield* exit
    }
  })

  const admit: Admit = (attemptState, use) =>
    breaker
      .pass(attemptState.callState, (pass) => useToken({ pass, number: attemptState.number }, use))
      .pipe(
        Effect.mapError((failure) =>
          failure instanceof CircuitOpen ? new HeldBack({ reason: failure.reason }) : failure
        )
      )
  return admit
})

/** Makes one attempt to read something, or to send any call that needs nothing to be durable before. */
export const attemptOf =
  (admit: Admit): Attempt =>
  (call, attemptState) =>
    admit(attemptState, (send) => send(call))
