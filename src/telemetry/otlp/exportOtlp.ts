import { randomUUID } from "node:crypto"

import * as OtelLogger from "@effect/opentelemetry/OtelLogger"
import * as OtelMetrics from "@effect/opentelemetry/OtelMetrics"
import * as Resource from "@effect/opentelemetry/Resource"
import { diag, DiagLogLevel } from "@opentelemetry/api"
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { metrics, tracing, logs, resources } from "@opentelemetry/sdk-node"
import { Clock, Effect, Layer, Redacted } from "effect"

import manifest from "../../../package.json" with { type: "json" }
import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import type { Proxies } from "../../domain/values/proxyFor.ts"
import type { ExportSettings, TelemetrySettings } from "../../services/Settings.ts"
import { masked, maskedField } from "../masking.ts"
import { countLost } from "../metrics.ts"
import { exportAgent } from "./exportAgent.ts"
import { exportedSpans, samplerOf } from "./exportedSpans.ts"

/** Milliseconds between two exports of the metrics. No export may take longer. */
const interval = 10_000

/** Exports metrics every 10 s. An unavailable collector is not a failure of this process, not even at shutdown. */
export class MetricReader extends metrics.PeriodicExportingMetricReader {
  constructor(exporter: metrics.PushMetricExporter, exportTimeoutMillis = 2000) {
    super({ exporter, exportIntervalMillis: interval, exportTimeoutMillis })
  }

  override shutdown(): Promise<void> {
    return super.shutdown().catch(() => {})
  }
}

/** Wraps an exporter and counts the spans that the collector did not take. */
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

/**
 * Wraps a processor so that its shutdown never fails. A shutdown while the collector is unavailable is an ordinary one.
 */
export const neverRejecting = <P extends Flushable>(processor: P): P =>
  Object.assign(Object.create(processor), {
    forceFlush: () => processor.forceFlush().catch(ignored),
    shutdown: () => processor.shutdown().catch(ignored)
  })

/** Masks personal data in bodies and attributes before any export. Ids stay as they are (SPEC 9.6). */
export const maskedLogs: logs.LogRecordProcessor = {
  onEmit: (record) => {
    record.setBody(masked(record.body) as typeof record.body & {})
    for (const [key, value] of Object.entries(record.attributes)) {
      if (value !== undefined) record.setAttribute(key, maskedField(key, value) as typeof value)
    }
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve()
}

/**
 * The resource that exports. `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` take precedence. Replicas differ in
 * their instance id.
 */
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

/** Milliseconds between two warnings. Otherwise an unavailable collector would cause a line per batch. */
const warningInterval = 60_000

/** Matches what the processors report about a full queue, once it has room again. */
const droppedMessage = /^Dropped (\d+) /

/**
 * Warns operators about failing exports, at most once a minute, and counts the spans that were dropped at a full queue.
 */
export const Diagnostics = Layer.effectDiscard(
  Effect.gen(function* () {
    const run = Effect.runForkWith(yield* Effect.context<never>())
    let lastWarnedAt = Number.NEGATIVE_INFINITY
    const report = (text: string) => {
      const droppedSpans = droppedMessage.exec(text)?.[1]
      const warning = Effect.flatMap(monotonicMillis, (now) => {
        if (now - lastWarnedAt < warningInterval) return Effect.void
        lastWarnedAt = now
        return Effect.logWarning(`telemetry export problem: ${text.slice(0, 300)}`)
      })
      run(Effect.andThen(droppedSpans === undefined ? Effect.void : countLost("queue", Number(droppedSpans)), warning))
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const logger = { error: report, warn: report, info: ignored, debug: ignored, verbose: ignored }
        diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
      }),
      () => Effect.sync(() => diag.disable())
    )
  })
)

/**
 * The queue holds 8,192 spans, which a burst of some 200 communications makes. It takes about 20 MB at most while the
 * collector is unavailable. A flush sends all batches at once and an exporter accepts 30, so the queue may not hold
 * more batches than that.
 */
const queueOptions = { maxQueueSize: 8192, maxExportBatchSize: 1024, scheduledDelayMillis: 1000 }

/**
 * Exports the signals that have an endpoint, over HTTP in protobuf. A shutdown waits `shutdownTimeout` milliseconds for
 * the rest.
 */
export const exportOtlp = Effect.fnUntraced(function* (
  { logs: toLogs, metrics: toMetrics, sampler, traces: toTraces }: TelemetrySettings,
  proxies: Proxies,
  shutdownTimeout: number
) {
  const clock = yield* Clock.Clock
  const target = (settings: ExportSettings) => ({
    url: settings.url,
    headers: { ...Redacted.value(settings.headers) },
    timeoutMillis: settings.timeout,
    httpAgentOptions: () => exportAgent(settings, proxies, clock)
  })
  const spans = (settings: ExportSettings) => {
    const processor = new tracing.BatchSpanProcessor(
      countedExport(new OTLPTraceExporter(target(settings))),
      queueOptions
    )
    return exportedSpans({ processor: neverRejecting(processor), sampler: samplerOf(sampler), shutdownTimeout })
  }
  const records = (settings: ExportSettings) => {
    const exporter = new OTLPLogExporter(target(settings))
    const processor = new logs.BatchLogRecordProcessor({ ...queueOptions, exporter })
    return OtelLogger.layer({ mergeWithExisting: true }).pipe(
      Layer.provide(OtelLogger.layerLoggerProvider([maskedLogs, neverRejecting(processor)], { shutdownTimeout }))
    )
  }
  const measurements = (settings: ExportSettings) =>
    OtelMetrics.layer(
      () => new MetricReader(new OTLPMetricExporter(target(settings)), Math.min(settings.timeout, interval)),
      { shutdownTimeout }
    )
  return Layer.mergeAll(
    toTraces === undefined ? Layer.empty : spans(toTraces),
    toLogs === undefined ? Layer.empty : records(toLogs),
    toMetrics === undefined ? Layer.empty : measurements(toMetrics),
    Diagnostics
  ).pipe(Layer.provide(ResourceOwn))
})
