import { Context, Effect, type Fiber, Tracer, Option } from "effect"
import { Headers, HttpTraceContext } from "effect/http"

/** The tracing state of a fiber. `tracer` is `undefined` if no layer provides one, so nothing keeps its spans. */
export interface FiberTracing {
  readonly span: Tracer.AnySpan | undefined
  readonly tracer: Tracer.Tracer | undefined
  readonly tracerEnabled: boolean
}

/** Reads the fiber's cached tracing services, which costs less than a lookup in the context. */
export const tracingOf = ({ cache }: Fiber.Fiber<unknown, unknown>): FiberTracing => cache

/** Wraps the work in a span. It captures no stack trace, which would cost one per call. Failures have their own. */
export const spanned =
  (name: string, options: Tracer.SpanOptionsNoTrace = {}) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.useSpan(name, options, (span) => Effect.provideService(work, Tracer.ParentSpan, span))

/**
 * Runs `work` through `inSpan` if a tracer keeps spans, otherwise unchanged. Without a tracer no one would read the
 * spans, and no header or log line has their ids. They do have the ids of `process` and `send` spans, so those spans
 * are always made (SPEC 9.6).
 */
export const whereTraced =
  <A, E, R>(inSpan: (work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) =>
  (work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withFiber((fiber) => (tracingOf(fiber).tracer === undefined ? work : inSpan(work)))

/** Wraps the work in a span if a tracer keeps it. */
export const traced = (name: string, options?: Tracer.SpanOptionsNoTrace) => {
  const inSpan = spanned(name, options)
  return <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => whereTraced<A, E, R>(inSpan)(work)
}

/** Sets attributes of the current span if a tracer keeps it. */
export const annotated = (attributes: () => Readonly<Record<string, unknown>>): Effect.Effect<void> =>
  Effect.withFiber((fiber) =>
    tracingOf(fiber).tracer === undefined ? Effect.void : Effect.annotateCurrentSpan(attributes())
  )

/** The headers beside a `traceparent` (W3C Trace Context, W3C Baggage), unchanged. */
export interface Companions {
  readonly tracestate?: Uint8Array
  readonly baggage?: Uint8Array
}

/** Maximum bytes of each, so that they cannot make a response too large. */
const mostCompanion = 8192

const TraceCompanions = Context.Reference<Companions>("brom-ctx/telemetry/TraceCompanions", {
  defaultValue: () => ({})
})

/** The span that a W3C `traceparent` identifies. `undefined` for an invalid text. Its children pass on the companions. */
export const spanOf = (
  traceparent: string | undefined,
  { baggage, tracestate }: Companions = {}
): Tracer.ExternalSpan | undefined => {
  if (traceparent === undefined) return undefined
  const span = Option.getOrUndefined(HttpTraceContext.w3c(Headers.fromInput({ traceparent })))
  if (span === undefined) return undefined
  const companions: Companions = {
    ...(tracestate && tracestate.length <= mostCompanion && { tracestate }),
    ...(baggage && baggage.length <= mostCompanion && { baggage })
  }
  return { ...span, annotations: Context.add(span.annotations, TraceCompanions, companions) }
}

/** The companions of the producer in whose trace the span is. */
const companionsOf = (span: Tracer.AnySpan): Companions => {
  let producer = span
  while (producer._tag === "Span" && Option.isSome(producer.parent)) producer = producer.parent.value
  return Context.get(producer.annotations, TraceCompanions)
}

const traceparentOfSpan = (span: Tracer.Span): string | undefined =>
  /^[0-9a-f]{32}$/.test(span.traceId) ? HttpTraceContext.toHeaders(span).traceparent : undefined

/** The headers that continue the current trace in a record. None if nothing is traced. */
export const traceHeaders: Effect.Effect<Readonly<Record<string, string | Uint8Array>>> = Effect.map(
  Effect.option(Effect.currentSpan),
  (span) => {
    const traceparent = Option.isSome(span) ? traceparentOfSpan(span.value) : undefined
    return Option.isNone(span) || traceparent === undefined ? {} : { traceparent, ...companionsOf(span.value) }
  }
)

/** The current span as a W3C `traceparent`. `undefined` if nothing is traced. */
export const currentTraceparent = Effect.map(Effect.option(Effect.currentSpan), (span) =>
  Option.isSome(span) ? traceparentOfSpan(span.value) : undefined
)
