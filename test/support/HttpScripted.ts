import { Clock, Duration, Effect, Layer } from "effect"

import { ConnectionLost, NotConnected, Timeout } from "../../src/domain/vendor/failureReasons.ts"
import { notBegun } from "../../src/layers/http/HttpUndici.ts"
import { Http, type HttpAnswer, HttpError, type HttpRequest } from "../../src/services/Http.ts"

/** What the other side does with one request. `hang` never answers, so the request's own time-out ends it. */
export type Step =
  | HttpAnswer
  | "hang"
  | "refused"
  | "lost"
  | ((request: HttpRequest) => Step | Effect.Effect<HttpAnswer, HttpError>)

/** A JSON answer. */
export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body)
})

export const html = (status: number, body = "<html>hibernating</html>"): HttpAnswer => ({
  status,
  headers: { "content-type": "text/html" },
  body
})

const perform = (step: Step, request: HttpRequest): Effect.Effect<HttpAnswer, HttpError> => {
  if (typeof step === "function") {
    const next = step(request)
    return Effect.isEffect(next) ? next : perform(next, request)
  }
  switch (step) {
    case "hang":
      return Effect.never
    case "refused":
      return Effect.fail(new HttpError({ reason: new NotConnected({ detail: "ECONNREFUSED" }) }))
    case "lost":
      return Effect.fail(new HttpError({ reason: new ConnectionLost({ detail: "ECONNRESET" }) }))
    default:
      return Effect.succeed(step)
  }
}

/**
 * An `Http` that answers from a script, one step for each request, or by a function for all of them. A request beyond the
 * script is a defect. `times` has the times of the requests, epoch milliseconds. A request times out by Effect's clock.
 */
export const makeScripted = (script: ReadonlyArray<Step> | ((request: HttpRequest) => Step)) => {
  const requests: Array<HttpRequest> = []
  const times: Array<number> = []
  const send = ({ mayBegin, ...request }: HttpRequest) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (mayBegin?.() === false) return Effect.fail(new HttpError({ reason: notBegun }))
      const step = typeof script === "function" ? script : script[requests.length]
      requests.push(request)
      times.push(now)
      if (step === undefined) return Effect.die(new Error(`unexpected ${request.method} ${request.url}`))
      return perform(step, request)
    }).pipe(
      Effect.timeoutOrElse({
        duration: Duration.millis(request.timeout),
        orElse: () => Effect.fail(new HttpError({ reason: new Timeout({ after: Duration.millis(request.timeout) }) }))
      })
    )
  return { requests, times, layer: Layer.succeed(Http, Http.of({ send })) }
}
