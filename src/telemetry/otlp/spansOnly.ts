import * as OtelTracer from "@effect/opentelemetry/OtelTracer"
import { Effect, Layer, Tracer } from "effect"

/**
 * Effect's spans as OpenTelemetry's. They are not made OpenTelemetry's active context, which would be done anew for every step
 * of every fiber: nothing here is instrumented by itself that would look for it.
 */
export const SpansOnly = Layer.effect(
  Tracer.Tracer,
  Effect.map(OtelTracer.make, (tracer) => Tracer.make({ span: (options) => tracer.span(options) }))
).pipe(Layer.provide(OtelTracer.layerTracer))
