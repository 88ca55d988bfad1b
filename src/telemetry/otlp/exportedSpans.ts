import * as Resource from "@effect/opentelemetry/Resource"
import { ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api"
import { tracing } from "@opentelemetry/sdk-node"
import { Option, Tracer, Effect, type Exit, Layer } from "effect"

import manifest from "../../../package.json" with { type: "json" }
import type { SamplerSettings } from "../../services/Settings.ts"
import { FinishedSpan, spanContextOf } from "./FinishedSpan.ts"

const { RECORD_AND_SAMPLED } = tracing.SamplingDecision

/** A span about to be made, as far as a sampler needs it. */
interface SpanToSample {
  readonly name: string
  readonly traceId: string
  readonly parent: Option.Option<Tracer.AnySpan>
}

/**
 * Whether the sampler keeps a span. A child of one of our own spans inherits the parent's decision. Every sampler would
 * decide the same, because the parent's decision was made from the same trace and the same parent.
 */
const isSampled = (sampler: tracing.Sampler, { name, parent, traceId }: SpanToSample): boolean => {
  const parentSpan = Option.getOrUndefined(parent)
  if (parentSpan?._tag === "Span") return parentSpan.sampled
  const context =
    parentSpan === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContextOf(parentSpan))
  return sampler.shouldSample(context, traceId, name, SpanKind.INTERNAL, {}, []).decision === RECORD_AND_SAMPLED
}

interface ExportedSpansOptions {
  readonly processor: tracing.SpanProcessor
  readonly sampler: tracing.Sampler
  /** Milliseconds that a shutdown waits for the remaining exports. */
  readonly shutdownTimeout: number
}

type OnEnd = (span: Tracer.Span, endTime: bigint, exit: Exit.Exit<unknown, unknown>) => void

class ExportedSpan extends Tracer.NativeSpan {
  override readonly sampled: boolean
  readonly #onEnd: OnEnd

  constructor(options: ConstructorParameters<typeof Tracer.NativeSpan>[0], sampler: tracing.Sampler, onEnd: OnEnd) {
    super(options)
    this.sampled = isSampled(sampler, this)
    this.#onEnd = onEnd
  }

  override end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === "Ended") return
    super.end(endTime, exit)
    if (this.sampled) this.#onEnd(this, endTime, exit)
  }
}

/**
 * A tracer of Effect's own spans that passes each span to OpenTelemetry's processor when it ends.
 * `@effect/opentelemetry` would also make an OpenTelemetry span for each, and make that the active context at every
 * step of every fiber. Only instrumentation needs that, and the service uses none.
 */
export const exportedSpans = ({ processor, sampler, shutdownTimeout }: ExportedSpansOptions) =>
  Layer.effect(
    Tracer.Tracer,
    Effect.gen(function* () {
      const source = {
        resource: yield* Resource.Resource,
        instrumentationScope: { name: manifest.name, version: manifest.version }
      }
      yield* Effect.addFinalizer(() =>
        Effect.promise(() => processor.forceFlush().finally(() => processor.shutdown())).pipe(
          Effect.interruptible,
          Effect.timeoutOption(shutdownTimeout)
        )
      )
      const onEnd: OnEnd = (span, endTime, exit) => processor.onEnd(new FinishedSpan(span, endTime, exit, source))
      return Tracer.make({ span: (options) => new ExportedSpan(options, sampler, onEnd) })
    })
  )

const { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, TraceIdRatioBasedSampler } = tracing

/** The sampler with this name in OpenTelemetry's specification. */
export const samplerOf = ({ name, ratio }: SamplerSettings): tracing.Sampler => {
  switch (name) {
    case "always_on":
      return new AlwaysOnSampler()
    case "always_off":
      return new AlwaysOffSampler()
    case "traceidratio":
      return new TraceIdRatioBasedSampler(ratio)
    case "parentbased_always_on":
      return new ParentBasedSampler({ root: new AlwaysOnSampler() })
    case "parentbased_always_off":
      return new ParentBasedSampler({ root: new AlwaysOffSampler() })
    case "parentbased_traceidratio":
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) })
  }
}
