import { ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api"
import { tracing } from "@opentelemetry/sdk-node"
import { Option, type Tracer } from "effect"

import { spanContextOf } from "./spanContextOf.ts"

const { RECORD_AND_SAMPLED } = tracing.SamplingDecision

/** What a sampler decides by: a span that is to be made. */
export interface Unmade {
  readonly name: string
  readonly traceId: string
  readonly parent: Option.Option<Tracer.AnySpan>
}

/**
 * Whether the sampler keeps a span. Below one of our own it is that one's decision, which all samplers come to: it was made by the
 * same trace and the same parent.
 */
export const isSampled = (sampler: tracing.Sampler, { name, parent, traceId }: Unmade): boolean => {
  const above = Option.getOrUndefined(parent)
  if (above?._tag === "Span") return above.sampled
  const context = above === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContextOf(above))
  return sampler.shouldSample(context, traceId, name, SpanKind.INTERNAL, {}, []).decision === RECORD_AND_SAMPLED
}
