import { context, trace } from "@opentelemetry/api"
import { tracing } from "@opentelemetry/sdk-node"
import { assert, describe, it } from "vitest"

import type { SamplerSettings } from "../../../src/services/Settings.ts"
import { samplerOf } from "../../../src/telemetry/otlp/exportedSpans.ts"

const traceId = "0af7651916cd43dd8448eb211c80319c"

/** The decisions for a span without a parent, below a sampled one, and below one that is not sampled. */
const decisions = (name: SamplerSettings["name"], ratio = 1) => {
  const sampler = samplerOf({ name, ratio })
  const below = (traceFlags: number) =>
    trace.setSpanContext(context.active(), { traceId, spanId: "b7ad6b7169203331", traceFlags, isRemote: true })
  return [context.active(), below(1), below(0)].map(
    (parent) =>
      sampler.shouldSample(parent, traceId, "process", 0, {}, []).decision ===
      tracing.SamplingDecision.RECORD_AND_SAMPLED
  )
}

describe("OTEL_TRACES_SAMPLER", () => {
  it.each([
    ["always_on", 1, [true, true, true]],
    ["always_off", 1, [false, false, false]],
    ["traceidratio", 1, [true, true, true]],
    ["traceidratio", 0, [false, false, false]],
    ["parentbased_always_on", 1, [true, true, false]],
    ["parentbased_always_off", 1, [false, true, false]],
    ["parentbased_traceidratio", 0, [false, true, false]]
  ] as const)("%s %s", (name, ratio, expected) => {
    assert.deepStrictEqual<ReadonlyArray<boolean>>(decisions(name, ratio), expected)
  })
})
