import { Effect } from "effect"
import type { HttpServerRequest } from "effect/http"

import { Forbidden, UnsupportedType } from "../../api/problems.ts"

type Headers = HttpServerRequest.HttpServerRequest["headers"]

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"])

/** True if the page that made the request comes from the address that the request goes to. */
const isOwnOrigin = (origin: string, host: string | undefined): boolean => {
  const url = URL.parse(origin)
  return url !== null && /^https?:$/.test(url.protocol) && url.host === host?.toLowerCase().replace(/:(?:80|443)$/, "")
}

/** True if the request's headers name another site. Only browsers send these headers. */
const isFromElsewhere = (headers: Headers): boolean => {
  const site = headers["sec-fetch-site"]
  const origin = headers["origin"]
  return (
    (site !== undefined && site !== "same-origin" && site !== "none") ||
    (origin !== undefined && !isOwnOrigin(origin, headers["host"]))
  )
}

const hasBody = (headers: Headers): boolean =>
  headers["transfer-encoding"] !== undefined || !["0", undefined].includes(headers["content-length"])

const isJson = (contentType: string): boolean => /^application\/json\s*(?:;|$)/i.test(contentType.trim())

/**
 * Rejects changes that a page of another site can cause (SPEC 11.4): requests whose headers name another site, and
 * bodies that an HTML form can send. `takesBody`: the route needs a body.
 */
export const refuseOtherSites = (
  { headers, method }: HttpServerRequest.HttpServerRequest,
  takesBody: boolean
): Effect.Effect<void, Forbidden | UnsupportedType> => {
  if (safeMethods.has(method)) return Effect.void
  if (isFromElsewhere(headers)) return Effect.fail(new Forbidden({ error: "the request comes from another site" }))
  const contentType = headers["content-type"]
  const isMissing = contentType === undefined && !takesBody && !hasBody(headers)
  return isMissing || isJson(contentType ?? "")
    ? Effect.void
    : Effect.fail(new UnsupportedType({ error: "expected Content-Type: application/json" }))
}
