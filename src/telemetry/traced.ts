import { Effect, type Fiber, Tracer } from "effect"

/** What a fiber knows of tracing; `tracer` is `undefined` where no layer provides one, so nothing keeps its spans. */
export interface FiberTracing {
  readonly span: Tracer.AnySpan | undefined
  readonly tracer: Tracer.Tracer | undefined
  readonly tracerEnabled: boolean
}

/** The fiber's own copy of its tracing services: reading it costs less than a look-up in the context. */
export const tracingOf = ({ cache }: Fiber.Fiber<unknown, unknown>): FiberTracing => cache

/** A span around the work. No stack is taken: it would be, for each call, and failures have their own. */
export const spanned =
  (name: string, options: Tracer.SpanOptionsNoTrace = {}) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.useSpan(name, options, (span) => Effect.provideService(work, Tracer.ParentSpan, span))

/**
 * `work` as `inSpan` has it, where a tracer keeps spans; elsewhere as it is: nobody would read them, and their ids are in no header
 * and no log line. Those of `process` and `send`, which are always made, are (SPEC 9.6).
 */
export const whereTraced =
  <A, E, R>(inSpan: (work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) =>
  (work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withFiber((fiber) => (tracingOf(fiber).tracer === undefined ? work : inSpan(work)))

/** A span around the work, where a tracer keeps it. */
export const traced = (name: string, options?: Tracer.SpanOptionsNoTrace) => {
  const inSpan = spanned(name, options)
  return <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => whereTraced<A, E, R>(inSpan)(work)
}

/** Attributes of the current span, where a tracer keeps it. */
export const annotated = (attributes: () => Readonly<Record<string, unknown>>): Effect.Effect<void> =>
  Effect.withFiber((fiber) =>
    tracingOf(fiber).tracer === undefined ? Effect.void : Effect.annotateCurrentSpan(attributes())
  )
