import { constants, monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks"

import { Context, Effect, Layer, Metric } from "effect"

const gauge = (name: string, description: string) => Metric.gauge(name, { description })

const gauges = {
  delayP50: gauge("nodejs_eventloop_lag_p50_seconds", "Event loop delay since the last look, median"),
  delayP99: gauge("nodejs_eventloop_lag_p99_seconds", "Event loop delay since the last look, 99th percentile"),
  delayMax: gauge("nodejs_eventloop_lag_max_seconds", "Event loop delay since the last look, longest"),
  resident: gauge("process_resident_memory_bytes", "Resident memory"),
  heapUsed: gauge("nodejs_heap_size_used_bytes", "Heap in use"),
  heapTotal: gauge("nodejs_heap_size_total_bytes", "Heap, its free part included"),
  external: gauge("nodejs_external_memory_bytes", "Memory outside of the heap that its objects hold"),
  started: gauge("process_start_time_seconds", "When the process started, in seconds of the epoch")
}

const cpu = Metric.counter("process_cpu_seconds_total", { description: "CPU time, user and system", incremental: true })

const collections = Metric.histogram("nodejs_gc_duration_seconds", {
  description: "Garbage collections, by kind",
  boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1]
})

const collectionKinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb"
}

const kindOf = (entry: object): string => {
  const detail = "detail" in entry ? entry.detail : undefined
  const kind = typeof detail === "object" && detail !== null && "kind" in detail ? Number(detail.kind) : 0
  return collectionKinds[kind] ?? "other"
}

/**
 * Milliseconds between two samples of the event loop. The measured delay includes them, so no delay of that length is
 * missed. Each sample wakes the process.
 */
const resolution = 50

/** Metrics of the process: event loop, memory, CPU and garbage collection, named as in Node's Prometheus clients. */
export class RuntimeMetrics extends Context.Service<
  RuntimeMetrics,
  {
    /** Sets the metrics that describe a state and not an event. Run it before each read of the metrics. */
    readonly refresh: Effect.Effect<void>
  }
>()("brom-ctx/telemetry/RuntimeMetrics") {
  static readonly layer = Layer.effect(
    RuntimeMetrics,
    Effect.gen(function* () {
      const context = yield* Effect.context<never>()
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          Metric.withAttributes(collections, { kind: kindOf(entry) }).updateUnsafe(entry.duration / 1000, context)
        }
      })
      const delay = monitorEventLoopDelay({ resolution })
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          observer.observe({ entryTypes: ["gc"] })
          delay.enable()
        }),
        () =>
          Effect.sync(() => {
            observer.disconnect()
            delay.disable()
          })
      )
      let cpuBefore = 0
      const seconds = (nanos: number) => Math.max(0, nanos / 1e9 - resolution / 1000) || 0
      const refresh = Effect.gen(function* () {
        yield* Metric.update(gauges.delayP50, seconds(delay.percentile(50)))
        yield* Metric.update(gauges.delayP99, seconds(delay.percentile(99)))
        yield* Metric.update(gauges.delayMax, seconds(delay.max))
        delay.reset()
        const { external, heapTotal, heapUsed, rss } = process.memoryUsage()
        yield* Metric.update(gauges.resident, rss)
        yield* Metric.update(gauges.heapUsed, heapUsed)
        yield* Metric.update(gauges.heapTotal, heapTotal)
        yield* Metric.update(gauges.external, external)
        const { system, user } = process.cpuUsage()
        yield* Metric.update(cpu, (system + user) / 1e6 - cpuBefore)
        cpuBefore = (system + user) / 1e6
        yield* Metric.update(gauges.started, performance.timeOrigin / 1000)
      })
      return RuntimeMetrics.of({ refresh })
    })
  )
}
