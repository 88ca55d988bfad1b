import { Cause, Effect } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"

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

/** Headers of every answer. A route may set stricter ones, or another policy for its own page. */
const headers: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin"
}

const isApi = (url: string) => /^\/api(?:[/?]|$)/.test(url)

const withHeaders = (response: HttpServerResponse.HttpServerResponse, url: string) => {
  const missing = Object.entries(headers).filter(([name]) => !(name in response.headers))
  const always = {
    ...(isApi(url) && { "cache-control": "no-store" }),
    ...(response.status === 401 && { "www-authenticate": "Bearer" })
  }
  return HttpServerResponse.setHeaders(response, { ...Object.fromEntries(missing), ...always })
}

const isUnknownRoute = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "reason" in error &&
  typeof error.reason === "object" &&
  error.reason !== null &&
  "_tag" in error.reason &&
  error.reason._tag === "RouteNotFound"

/** JSON for what no route answered: an unknown one, or a defect of ours, which the log tells. */
const lastAnswer = (cause: Cause.Cause<unknown>) => {
  const unknown = cause.reasons.some((reason) => Cause.isFailReason(reason) && isUnknownRoute(reason.error))
  if (unknown)
    return Effect.succeed(HttpServerResponse.jsonUnsafe({ error: "there is no such route" }, { status: 404 }))
  return Effect.as(
    Effect.logError("a request could not be answered", cause),
    HttpServerResponse.jsonUnsafe({ error: "the service failed; its log says why" }, { status: 503 })
  )
}

/** Security headers on every answer, `no-store` on the API's, and JSON where no route answered. */
export const AnswerHeaders = HttpRouter.middleware(
  (answer) =>
    Effect.gen(function* () {
      const { url } = yield* HttpServerRequest.HttpServerRequest
      const response = yield* Effect.catchCause(answer, (cause) =>
        Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : lastAnswer(cause)
      )
      return withHeaders(response, url)
    }),
  { global: true }
)
