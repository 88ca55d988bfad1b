import { metrics } from "@opentelemetry/sdk-node"

/** Every 10 s; a collector that is away is no failure of ours, at the end neither. */
export class MetricReader extends metrics.PeriodicExportingMetricReader {
  constructor(exporter: metrics.PushMetricExporter) {
    super({ exporter, exportIntervalMillis: 10_000, exportTimeoutMillis: 2000 })
  }

  override shutdown(): Promise<void> {
    return super.shutdown().catch(() => {})
  }
}
