import { Cause, Effect } from "effect"
import { HttpRouter, HttpServerError, HttpServerResponse } from "effect/http"

/** Blocks content from other hosts, inline scripts and styles, and framing by pages of other sites. */
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
 * Headers of every answer. A route may set stricter ones, or another policy for its own page. An answer without its own
 * `cache-control` is never cached. That is not decided by the path, because the router accepts `/API//overview`, too.
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

/** The answer to an unknown path. */
export const noSuchRoute = HttpServerResponse.jsonUnsafe({ error: "there is no such route" }, { status: 404 })

/** JSON for a request without a route, and for a defect of the service, which is logged. */
const lastAnswer = (cause: Cause.Cause<unknown>) => {
  const unknown = cause.reasons.some((reason) => Cause.isFailReason(reason) && isUnknownRoute(reason.error))
  if (unknown) return Effect.succeed(noSuchRoute)
  return Effect.as(
    Effect.logError("HTTP request failed", cause),
    HttpServerResponse.jsonUnsafe({ error: "the service failed; its log says why" }, { status: 503 })
  )
}

/** Sets security headers on every answer and `no-store` by default. Answers JSON if no route has answered. */
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
