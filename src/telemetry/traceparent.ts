import { Effect, Option, type Tracer } from "effect"
import { Headers, HttpTraceContext } from "effect/http"

/** The span that a W3C `traceparent` names; `undefined` for a text that is none. */
export const spanOf = (traceparent: string | undefined): Tracer.ExternalSpan | undefined =>
  traceparent === undefined
    ? undefined
    : Option.getOrUndefined(HttpTraceContext.w3c(Headers.fromInput({ traceparent })))

/** The current span as a W3C `traceparent`; `undefined` where nothing is traced. */
export const currentTraceparent = Effect.map(Effect.option(Effect.currentSpan), (span) =>
  Option.isSome(span) && /^[0-9a-f]{32}$/.test(span.value.traceId)
    ? HttpTraceContext.toHeaders(span.value).traceparent
    : undefined
)
