import { Effect } from "effect"

import type { HttpAnswer, HttpError, HttpRequest } from "../../services/Http.ts"

const withoutQuery = (url: string) => url.split("?", 1)[0] ?? ""

/** One span for one exchange; the URL without its query, which may hold e-mails and phones (SPEC 9.6). */
export const attemptSpan =
  (name: string, request: HttpRequest, attributes: Readonly<Record<string, unknown>> = {}) =>
  (exchange: Effect.Effect<HttpAnswer, HttpError>) =>
    exchange.pipe(
      Effect.tap(({ status }) => Effect.annotateCurrentSpan("http.response.status_code", status)),
      Effect.withSpan(name, {
        kind: "client",
        attributes: {
          "http.request.method": request.method,
          "url.full": withoutQuery(request.url),
          ...attributes
        }
      })
    )
