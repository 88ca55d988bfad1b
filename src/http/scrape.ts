import { Effect, Layer, Metric, Option, Schedule } from "effect"
import { PrometheusMetrics } from "effect/observability"

import type { PartitionLag } from "../services/Kafka.ts"
import { Settings } from "../services/Settings.ts"
import { gauges } from "../telemetry/metrics.ts"
import { RuntimeMetrics } from "../telemetry/runtimeMetrics.ts"
import { isReady } from "./readiness.ts"
import { RuntimeStatus } from "./RuntimeStatus.ts"

const setLag = ({ lag, partition, topic }: PartitionLag) =>
  Metric.update(Metric.withAttributes(gauges.lag, { topic, partition: String(partition) }), lag)

/**
 * Resets the lag of partitions that another replica has taken over. They would otherwise show their last lag here
 * indefinitely.
 */
const refreshLag = Effect.fnUntraced(function* (ours: ReadonlyArray<PartitionLag>) {
  const keep = new Set(ours.map(({ partition, topic }) => `${topic}/${partition}`))
  for (const { attributes, id } of yield* Metric.snapshot) {
    const { partition = "", topic = "" } = { ...attributes }
    if (id !== gauges.lag.id || keep.has(`${topic}/${partition}`)) continue
    yield* setLag({ topic, partition: Number(partition), lag: 0 })
  }
  yield* Effect.forEach(ours, setLag, { discard: true })
})

/** Updates the metrics that show a state and not an event, by querying the running parts. */
const refresh = Effect.gen(function* () {
  yield* Effect.flatMap(RuntimeMetrics, (runtime) => runtime.refresh)
  yield* Metric.update(gauges.ready, (yield* isReady) ? 1 : 0)
  const intake = yield* Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake)
  if (Option.isNone(intake)) return
  const { inFlight, lag, unreached } = yield* intake.value.kafka
  yield* Metric.update(gauges.unreached, unreached)
  yield* Metric.update(
    gauges.inFlight,
    Object.values(inFlight).reduce((sum, count) => sum + count, 0)
  )
  yield* refreshLag(lag)
  const stored = Effect.all([intake.value.inDoubt, intake.value.parked, intake.value.held, intake.value.ahead])
  const counts = yield* Effect.timeoutOption(stored, "2 seconds")
  if (Option.isNone(counts)) return
  const [inDoubt, parked, held, ahead] = counts.value
  yield* Metric.update(gauges.ahead, ahead)
  yield* Metric.update(gauges.inDoubt, inDoubt)
  yield* Metric.update(gauges.parked, parked)
  for (const [dependency, count] of Object.entries(held))
    yield* Metric.update(Metric.withAttributes(gauges.held, { dependency }), count)
})

/** Prometheus text (CONTRACT `GET /metrics`). */
export const scrape = Effect.andThen(refresh, PrometheusMetrics.format())

/** Where metrics are exported, runs the same refresh as often as they are exported. */
export const MetricsRefresher = Layer.effectDiscard(
  Effect.gen(function* () {
    const { telemetry } = yield* Settings
    if (telemetry === undefined) return
    yield* refresh.pipe(
      Effect.catchCause((cause) => Effect.logError("metrics refresh failed, retrying", cause)),
      Effect.repeat(Schedule.spaced("10 seconds")),
      Effect.forkScoped
    )
  })
)
