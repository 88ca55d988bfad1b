import * as OtelLogger from "@effect/opentelemetry/OtelLogger"
import * as OtelMetrics from "@effect/opentelemetry/OtelMetrics"
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { logs, tracing } from "@opentelemetry/sdk-node"
import { Layer } from "effect"

import type { TelemetrySettings } from "../../services/Settings.ts"
import { countedExport } from "./countedExport.ts"
import { Diagnostics } from "./diagnostics.ts"
import { exportedSpans } from "./exportedSpans.ts"
import { maskedLogs } from "./maskedLogs.ts"
import { MetricReader } from "./MetricReader.ts"
import { neverRejecting } from "./neverRejecting.ts"
import { ResourceOwn } from "./resource.ts"
import { samplerOf } from "./sampler.ts"

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
