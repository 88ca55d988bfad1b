import { Effect, Tracer } from "effect"

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
    Effect.withFiber(({ cache }) => (cache.tracer === undefined ? work : inSpan(work)))

/** A span around the work, where a tracer keeps it. */
export const traced = (name: string, options?: Tracer.SpanOptionsNoTrace) => {
  const inSpan = spanned(name, options)
  return <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => whereTraced<A, E, R>(inSpan)(work)
}

/** Attributes of the current span, where a tracer keeps it. */
export const annotated = (attributes: () => Readonly<Record<string, unknown>>): Effect.Effect<void> =>
  Effect.withFiber(({ cache }) => (cache.tracer === undefined ? Effect.void : Effect.annotateCurrentSpan(attributes())))
