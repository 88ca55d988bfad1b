import { randomUUID } from "node:crypto"

import * as OtelLogger from "@effect/opentelemetry/OtelLogger"
import * as OtelMetrics from "@effect/opentelemetry/OtelMetrics"
import * as Resource from "@effect/opentelemetry/Resource"
import { diag, DiagLogLevel } from "@opentelemetry/api"
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { metrics, tracing, logs, resources } from "@opentelemetry/sdk-node"
import { Effect, Layer, Clock } from "effect"

import type { TelemetrySettings } from "../../services/Settings.ts"
import { masked } from "../masking.ts"
import { countLost } from "../metrics.ts"
import { isId } from "../names.ts"
import { exportedSpans, samplerOf } from "./exportedSpans.ts"

/** Every 10 s; a collector that is away is no failure of ours, at the end neither. */
export class MetricReader extends metrics.PeriodicExportingMetricReader {
  constructor(exporter: metrics.PushMetricExporter) {
    super({ exporter, exportIntervalMillis: 10_000, exportTimeoutMillis: 2000 })
  }

  override shutdown(): Promise<void> {
    return super.shutdown().catch(() => {})
  }
}

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

interface Flushable {
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

const ignored = () => {}

/** The same processor, whose end is never a failure of ours: a stop while the collector is away is an ordinary stop. */
export const neverRejecting = <P extends Flushable>(processor: P): P =>
  Object.assign(Object.create(processor), {
    forceFlush: () => processor.forceFlush().catch(ignored),
    shutdown: () => processor.shutdown().catch(ignored)
  })

/** Before anything is exported: bodies and attributes without personal data, the ids as they are (SPEC 9.6). */
export const maskedLogs: logs.LogRecordProcessor = {
  onEmit: (record) => {
    record.setBody(masked(record.body) as typeof record.body & {})
    for (const [key, value] of Object.entries(record.attributes)) {
      if (!isId(key) && value !== undefined) record.setAttribute(key, masked(value) as typeof value)
    }
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve()
}

import manifest from "../../../package.json" with { type: "json" }

/** Who exports; what `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say stands. Replicas differ by their instance's id. */
export const ResourceOwn = Layer.effect(
  Resource.Resource,
  Effect.map(Resource.Resource, (environment) =>
    resources
      .resourceFromAttributes({
        "service.name": manifest.name,
        "service.version": manifest.version,
        "service.instance.id": randomUUID()
      })
      .merge(environment)
  )
).pipe(Layer.provide(Resource.layerFromEnv()))

/** Milliseconds: a collector that is away would have a line for every batch. */
const every = 60_000

/** What the processors say of a full queue, once it has room again. */
const dropped = /^Dropped (\d+) /

/** Tells operators of what the exporters cannot do, once a minute, and counts the spans that found their queue full. */
export const Diagnostics = Layer.effectDiscard(
  Effect.gen(function* () {
    const run = Effect.runForkWith(yield* Effect.context<never>())
    let toldAt = Number.NEGATIVE_INFINITY
    const tell = (text: string) => {
      const lost = dropped.exec(text)?.[1]
      const told = Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (now - toldAt < every) return Effect.void
        toldAt = now
        return Effect.logWarning(`telemetry is not exported as it should be: ${text.slice(0, 300)}`)
      })
      run(Effect.andThen(lost === undefined ? Effect.void : countLost("queue", Number(lost)), told))
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const logger = { error: tell, warn: tell, info: ignored, debug: ignored, verbose: ignored }
        diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
      }),
      () => Effect.sync(() => diag.disable())
    )
  })
)

/** Milliseconds for one export. Less than a stop waits for: else the process lingers on its open request. */
const timeoutMillis = 2000

/**
 * A queue of 8,192 spans is what a burst of some 200 communications makes, and about 20 MB at most while the collector is
 * away. A flush sends all batches at once, and an exporter takes 30: the queue may hold no more batches than that.
 */
const queue = { maxQueueSize: 8192, maxExportBatchSize: 1024, scheduledDelayMillis: 1000 }

/** Spans, logs and metrics to one collector, over HTTP in protobuf; a stop waits `shutdownTimeout` milliseconds for it. */
export const exportOtlp = ({ endpoint, sampler }: TelemetrySettings, shutdownTimeout: number) => {
  const target = (signal: string) => ({ url: `${endpoint}/v1/${signal}`, timeoutMillis })
  const spans = new tracing.BatchSpanProcessor(countedExport(new OTLPTraceExporter(target("traces"))), queue)
  const records = new logs.BatchLogRecordProcessor({ ...queue, exporter: new OTLPLogExporter(target("logs")) })
  return Layer.mergeAll(
    exportedSpans({ processor: neverRejecting(spans), sampler: samplerOf(sampler), shutdownTimeout }),
    OtelLogger.layer({ mergeWithExisting: true }).pipe(
      Layer.provide(OtelLogger.layerLoggerProvider([maskedLogs, neverRejecting(records)], { shutdownTimeout }))
    ),
    OtelMetrics.layer(() => new MetricReader(new OTLPMetricExporter(target("metrics"))), { shutdownTimeout }),
    Diagnostics
  ).pipe(Layer.provide(ResourceOwn))
}
