import { Effect, Option, type Tracer } from "effect"
import { Headers, HttpTraceContext } from "effect/http"

/** The span that a W3C `traceparent` identifies. `undefined` for an invalid text. */
export const spanOf = (traceparent: string | undefined): Tracer.ExternalSpan | undefined =>
  traceparent === undefined
    ? undefined
    : Option.getOrUndefined(HttpTraceContext.w3c(Headers.fromInput({ traceparent })))

/** The current span as a W3C `traceparent`. `undefined` if nothing is traced. */
export const currentTraceparent = Effect.map(Effect.option(Effect.currentSpan), (span) =>
  Option.isSome(span) && /^[0-9a-f]{32}$/.test(span.value.traceId)
    ? HttpTraceContext.toHeaders(span.value).traceparent
    : undefined
)
