import { Cause, Effect } from "effect"
import { HttpRouter, HttpServerError, HttpServerResponse } from "effect/http"

/** Nothing comes from elsewhere, nothing inline runs, and no page of another site frames ours. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'"
].join("; ")

/**
 * Headers of every answer. A route may set stricter ones, or another policy for its own page. What does not say itself how
 * long it holds is stored nowhere, however its path is spelt: the router takes `/API//overview`, too.
 */
const headers: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin"
}

const withHeaders = (response: HttpServerResponse.HttpServerResponse) => {
  const missing = Object.entries(headers).filter(([name]) => !(name in response.headers))
  const challenge = response.status === 401 && { "www-authenticate": "Bearer" }
  return HttpServerResponse.setHeaders(response, { ...Object.fromEntries(missing), ...challenge })
}

const isUnknownRoute = (error: unknown): boolean =>
  HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound"

/** The answer to a path that leads nowhere. */
export const noSuchRoute = HttpServerResponse.jsonUnsafe({ error: "there is no such route" }, { status: 404 })

/** JSON for what no route answered: an unknown one, or a defect of ours, which the log tells. */
const lastAnswer = (cause: Cause.Cause<unknown>) => {
  const unknown = cause.reasons.some((reason) => Cause.isFailReason(reason) && isUnknownRoute(reason.error))
  if (unknown) return Effect.succeed(noSuchRoute)
  return Effect.as(
    Effect.logError("a request could not be answered", cause),
    HttpServerResponse.jsonUnsafe({ error: "the service failed; its log says why" }, { status: 503 })
  )
}

/** Security headers on every answer, `no-store` on what says nothing else, and JSON where no route answered. */
export const AnswerHeaders = HttpRouter.middleware(
  (answer) =>
    Effect.map(
      Effect.catchCause(answer, (cause) =>
        Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : lastAnswer(cause)
      ),
      withHeaders
    ),
  { global: true }
)
