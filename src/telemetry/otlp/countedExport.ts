import type { tracing } from "@opentelemetry/sdk-node"
import { Effect } from "effect"

import { countLost } from "../metrics.ts"

/** The same exporter, with those spans counted that the collector did not take. */
export const countedExport = (exporter: tracing.SpanExporter): tracing.SpanExporter => ({
  export: (spans, done) =>
    exporter.export(spans, (result) => {
      if (result.error !== undefined) Effect.runSync(countLost("export", spans.length))
      done(result)
    }),
  shutdown: () => exporter.shutdown(),
  forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve()
})
