import { Effect, Metric, Option } from "effect"
import { PrometheusMetrics } from "effect/observability"

import { gauges } from "../telemetry/metrics.ts"
import { Vitals } from "./Vitals.ts"

/** Asks the running parts for what is a state and not an event. */
const refresh = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(Vitals, (vitals) => vitals.intake)
  if (Option.isNone(intake)) return
  const { inFlight, lag } = yield* intake.value.kafka
  yield* Metric.update(
    gauges.inFlight,
    Object.values(inFlight).reduce((sum, count) => sum + count, 0)
  )
  for (const { lag: behind, partition, topic } of lag) {
    yield* Metric.update(Metric.withAttributes(gauges.lag, { topic, partition: String(partition) }), behind)
  }
  const stored = Effect.all([intake.value.inDoubt, intake.value.parked])
  const counts = yield* Effect.timeoutOption(stored, "2 seconds")
  if (Option.isNone(counts)) return
  const [inDoubt, parked] = counts.value
  yield* Metric.update(gauges.inDoubt, inDoubt)
  yield* Metric.update(gauges.parked, parked)
})

/** Prometheus text (CONTRACT `GET /metrics`). */
export const scrape = Effect.andThen(refresh, PrometheusMetrics.format())
