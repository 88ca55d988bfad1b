import { Duration, Effect } from "effect"
import type { Dispatcher } from "undici"

import { type HttpAnswer, HttpError, type HttpRequest, NotConnected, Timeout } from "../../services/Http.ts"
import { collectAnswer } from "./collectAnswer.ts"
import { connectionFailure, notBegun } from "./connectionFailure.ts"
import { pathAt } from "./pathAt.ts"

/** Milliseconds for connecting: less than the whole, so that "never connected" is told from "never answered". */
const connectWithin = (timeout: number) => Math.min((timeout * 2) / 3, 10_000)

/** What may stand in a request's first line; a fragment is not sent, and names no request. */
const encoded = /^https?:\/\/[!"$-.0->@-~]+(?:\/[!"$-~]*)?$/

const failed = (reason: HttpError["reason"]) => Effect.fail(new HttpError({ reason }))

/** One request on one connection, sent once; whatever happens before `onRequestStart` was surely never sent. */
export const exchange = (dispatcher: Dispatcher, request: HttpRequest): Effect.Effect<HttpAnswer, HttpError> =>
  Effect.callback<HttpAnswer, HttpError>((resume) => {
    if (!encoded.test(request.url)) return resume(Effect.die(new Error("a URL that is not encoded: nothing is sent")))
    const path = pathAt(request.url)
    const answer = collectAnswer()
    let sending: Dispatcher.DispatchController | undefined
    let connecting: NodeJS.Timeout | undefined
    let ended = false

    const release = () => {
      ended = true
      clearTimeout(connecting)
      clearTimeout(answering)
    }
    const end = (result: Effect.Effect<HttpAnswer, HttpError>) => {
      if (ended) return
      release()
      resume(result)
    }
    const abandon = (result: Effect.Effect<HttpAnswer, HttpError>) => {
      end(result)
      sending?.abort(new Error("abandoned"))
    }
    const timedOut = () => {
      if (!ended) abandon(failed(new Timeout({ after: Duration.millis(request.timeout), ...answer.known() })))
    }
    // After a process stood still its timers come first: what had arrived meanwhile is read before the request is given up.
    const answering = setTimeout(() => setImmediate(timedOut), request.timeout)

    dispatcher.dispatch(
      {
        origin: request.url.slice(0, path),
        path: request.url.slice(path) || "/",
        method: request.method,
        headers: request.headers,
        body: request.body ?? null
      },
      {
        onRequestStart: (controller) => {
          // A second start would be undici sending again by itself: never.
          if (ended || sending !== undefined) return controller.abort(new Error("abandoned"))
          if (request.mayBegin?.() === false) {
            end(failed(notBegun))
            return controller.abort(new Error("abandoned"))
          }
          sending = controller
        },
        onResponseStart: (_, status, headers) => answer.start(status, headers),
        onResponseData: (_, chunk) => {
          if (!answer.add(chunk)) abandon(failed(connectionFailure("answer too large", true, answer.known())))
        },
        onResponseEnd: () => end(Effect.succeed(answer.whole())),
        onResponseError: (_, error) => end(failed(connectionFailure(error, sending !== undefined, answer.known())))
      }
    )
    // On a connection that was kept alive it is on its way by now.
    if (sending === undefined && !ended) {
      connecting = setTimeout(() => {
        if (sending === undefined) abandon(failed(new NotConnected({ detail: "connect timeout" })))
      }, connectWithin(request.timeout))
    }
    return Effect.sync(() => {
      release()
      sending?.abort(new Error("interrupted"))
    })
  })
