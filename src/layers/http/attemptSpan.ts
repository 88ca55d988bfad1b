import { Cause, Effect, type Exit, type Tracer } from "effect"

import { memo } from "../../domain/values/memo.ts"
import type { HttpAnswer, HttpError, HttpRequest } from "../../services/Http.ts"
import { mask } from "../../telemetry/masking.ts"
import { whereTraced } from "../../telemetry/traced.ts"
import { pathAt } from "./HttpUndici.ts"

/** The path with a placeholder for every id. Keeps span names few and does not repeat the id of a Case. */
const templateOf = (path: string): string =>
  path.replace(/\/[0-9a-f]{32}(?=\/|$)/, "/{sys_id}").replace(/(?<=\/campaigns\/)[^/]+/, "{id_campanha}")

/** Server attributes of a vendor. Memoized, because there are few vendors. */
const serverOf = memo(10, (origin: string) => {
  const { hostname, port, protocol } = new URL(origin)
  return { "server.address": hostname, "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port) }
})

const attributesOf = ({ method, url }: HttpRequest, resend: number) => {
  const [fullUrl = url] = url.split("?", 1)
  const at = pathAt(fullUrl)
  const origin = fullUrl.slice(0, at)
  const path = fullUrl.slice(at)
  return {
    "http.request.method": method,
    // The origin is our own. If it is an IP address, masking would search it for phones each time.
    "url.full": origin + mask(path),
    "url.template": templateOf(path || "/"),
    ...serverOf(origin),
    ...(resend > 0 && { "http.request.resend_count": resend })
  }
}

const describeEnd = (span: Tracer.Span, exit: Exit.Exit<HttpAnswer, HttpError>): void => {
  if (exit._tag === "Success") {
    const { status } = exit.value
    span.attribute("http.response.status_code", status)
    if (status >= 400) span.attribute("error.type", String(status))
    return
  }
  for (const reason of exit.cause.reasons) {
    if (Cause.isFailReason(reason)) span.attribute("error.type", reason.error.reason._tag)
  }
}

/**
 * Wraps one exchange, the `resend`-th repetition of its request, in one span (OpenTelemetry, HTTP client spans). The
 * URL has no query, which may hold e-mails and phones (SPEC 9.6). A refusing answer is the span's error, not the
 * exchange's.
 */
export const attemptSpan = (vendor: "servicenow" | "weni", request: HttpRequest, resend = 0) =>
  whereTraced<HttpAnswer, HttpError, never>((exchange) => {
    const attributes = attributesOf(request, resend)
    return Effect.useSpan(
      `${request.method} ${attributes["url.template"]}`,
      { kind: "client", attributes: { ...attributes, "service.peer.name": vendor } },
      (span) => Effect.onExit(exchange, (exit) => Effect.sync(() => describeEnd(span, exit)))
    )
  })
