import { Effect, Schema } from "effect"

import type { HttpAnswer, HttpError, HttpRequest } from "../../services/Http.ts"
import { traced, whereTraced } from "../../telemetry/traced.ts"

/** An answer that says no, as the attempt's span has it: an error, although the exchange itself went well. */
class HttpStatus extends Schema.TaggedError<HttpStatus>()("HttpStatus", { status: Schema.Int }) {
  override get message() {
    return `HTTP ${this.status}`
  }
}

/** Its path with a name in place of every id: few span names, and no id of a Case twice. */
const templateOf = (path: string): string =>
  path.replace(/\/[0-9a-f]{32}(?=\/|$)/, "/{sys_id}").replace(/(?<=\/campaigns\/)[^/]+/, "{id_campanha}")

const attributesOf = ({ method, url }: HttpRequest, resend: number) => {
  const { hostname, origin, pathname, port, protocol } = new URL(url)
  return {
    "http.request.method": method,
    "url.full": origin + pathname,
    "url.template": templateOf(pathname),
    "server.address": hostname,
    "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
    ...(resend > 0 && { "http.request.resend_count": resend })
  }
}

/**
 * One span for one exchange (OpenTelemetry, HTTP client spans), the `resend`-th repetition of its request; the URL without its query,
 * which may hold e-mails and phones (SPEC 9.6). Whatever the status, the answer is the answer.
 */
export const attemptSpan = (vendor: "servicenow" | "weni", request: HttpRequest, resend = 0) =>
  whereTraced<HttpAnswer, HttpError, never>((exchange) => {
    const attributes = attributesOf(request, resend)
    let answer: HttpAnswer | undefined
    return exchange.pipe(
      Effect.tap((came) => {
        answer = came
        return came.status < 400
          ? Effect.annotateCurrentSpan("http.response.status_code", came.status)
          : Effect.andThen(
              Effect.annotateCurrentSpan({
                "http.response.status_code": came.status,
                "error.type": String(came.status)
              }),
              new HttpStatus({ status: came.status })
            )
      }),
      Effect.tapErrorTag("HttpError", ({ reason }) => Effect.annotateCurrentSpan("error.type", reason._tag)),
      traced(`${request.method} ${attributes["url.template"]}`, {
        kind: "client",
        attributes: { ...attributes, "service.peer.name": vendor }
      }),
      Effect.catchTag("HttpStatus", (refused) => (answer === undefined ? Effect.die(refused) : Effect.succeed(answer)))
    )
  })
