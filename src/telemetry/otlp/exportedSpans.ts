import * as Resource from "@effect/opentelemetry/Resource"
import { ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api"
import { tracing } from "@opentelemetry/sdk-node"
import { Option, Tracer, Effect, type Exit, Layer } from "effect"

import manifest from "../../../package.json" with { type: "json" }
import type { SamplerSettings } from "../../services/Settings.ts"
import { FinishedSpan } from "./FinishedSpan.ts"
import { spanContextOf } from "./FinishedSpan.ts"

const { RECORD_AND_SAMPLED } = tracing.SamplingDecision

/** What a sampler decides by: a span that is to be made. */
interface Unmade {
  readonly name: string
  readonly traceId: string
  readonly parent: Option.Option<Tracer.AnySpan>
}

/**
 * Whether the sampler keeps a span. Below one of our own it is that one's decision, which all samplers come to: it was made by the
 * same trace and the same parent.
 */
const isSampled = (sampler: tracing.Sampler, { name, parent, traceId }: Unmade): boolean => {
  const above = Option.getOrUndefined(parent)
  if (above?._tag === "Span") return above.sampled
  const context = above === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContextOf(above))
  return sampler.shouldSample(context, traceId, name, SpanKind.INTERNAL, {}, []).decision === RECORD_AND_SAMPLED
}

interface ExportedSpansOptions {
  readonly processor: tracing.SpanProcessor
  readonly sampler: tracing.Sampler
  /** Milliseconds that a stop waits for what was not exported yet. */
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
 * Effect's own spans, which OpenTelemetry's processor is handed when they end: `@effect/opentelemetry` makes one of OpenTelemetry's
 * for each, too, and that one the active context at every step of every fiber, for instrumentation that there is none of here.
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

/** The sampler that OpenTelemetry's specification has under this name. */
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
