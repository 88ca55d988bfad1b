import { Cause, Effect, type Exit, type Tracer } from "effect"

import { memo } from "../../domain/values/memo.ts"
import type { HttpAnswer, HttpError, HttpRequest } from "../../services/Http.ts"
import { mask } from "../../telemetry/masking.ts"
import { whereTraced } from "../../telemetry/traced.ts"
import { pathAt } from "./HttpUndici.ts"

/** Its path with a name in place of every id: few span names, and no id of a Case twice. */
const templateOf = (path: string): string =>
  path.replace(/\/[0-9a-f]{32}(?=\/|$)/, "/{sys_id}").replace(/(?<=\/campaigns\/)[^/]+/, "{id_campanha}")

/** Of a vendor, of which there are few. */
const serverOf = memo(10, (origin: string) => {
  const { hostname, port, protocol } = new URL(origin)
  return { "server.address": hostname, "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port) }
})

const attributesOf = ({ method, url }: HttpRequest, resend: number) => {
  const [full = url] = url.split("?", 1)
  const at = pathAt(full)
  const origin = full.slice(0, at)
  const path = full.slice(at)
  return {
    "http.request.method": method,
    // The origin is ours; where it is an IP address, it would be searched for phones each time.
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
 * One span for one exchange (OpenTelemetry, HTTP client spans), the `resend`-th repetition of its request; the URL without its query,
 * which may hold e-mails and phones (SPEC 9.6). An answer that says no is the span's error, not the exchange's.
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
