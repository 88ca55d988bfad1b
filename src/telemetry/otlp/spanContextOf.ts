import { type SpanContext, TraceFlags } from "@opentelemetry/api"
import type { Tracer } from "effect"

/** Which span it is, as OpenTelemetry has it. */
export const spanContextOf = ({ _tag, sampled, spanId, traceId }: Tracer.AnySpan): SpanContext => ({
  traceId,
  spanId,
  traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: _tag === "ExternalSpan"
})
