import { Clock, Effect, Metric } from "effect"

/** CONTRACT "HTTP", `GET /metrics`. */
const communications = Metric.counter("ctx_communications_total", {
  description: "Communications ended, by journey and response_status",
  incremental: true
})
const events = Metric.counter("ctx_events_total", {
  description: "Inbound events and scheduled closes reported, by evento",
  incremental: true
})
const deadLetters = Metric.counter("ctx_dead_letters_total", {
  description: "Records sent to a dead-letter topic, by topic and codigo",
  incremental: true
})
const failures = Metric.counter("ctx_failures_total", {
  description: "Calls and records that failed, by channel (whatsapp, itsm, record) and codigo",
  incremental: true
})
const skipped = Metric.counter("ctx_skipped_total", {
  description: "Records that were none of ours, by topic and reason",
  incremental: true
})
const lost = Metric.counter("ctx_spans_lost_total", {
  description: "Spans that were not exported: their queue was full, or the collector did not take them",
  incremental: true
})
const steps = Metric.histogram("ctx_step_duration_seconds", {
  description: "Duration of one step of a communication, retries included",
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
})

export const countCommunication = (journey: string, status: string) =>
  Metric.update(Metric.withAttributes(communications, { journey, status }), 1)

export const countEvent = (event: string) => Metric.update(Metric.withAttributes(events, { event }), 1)

export const countDeadLetter = (topic: string, code: string) =>
  Metric.update(Metric.withAttributes(deadLetters, { topic, code }), 1)

export const countFailure = (channel: string, code: string) =>
  Metric.update(Metric.withAttributes(failures, { channel, code }), 1)

export const countSkipped = (topic: string, reason: string) =>
  Metric.update(Metric.withAttributes(skipped, { topic, reason }), 1)

export const countLost = (reason: "queue" | "export", spans: number) =>
  Metric.update(Metric.withAttributes(lost, { reason }), spans)

/** Records how long `effect` took, however it ended. */
export const timed = (step: "consumer" | "case" | "dispatch" | "note" | "response") => {
  const metric = Metric.withAttributes(steps, { step })
  return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Clock.currentTimeMillis, (start) =>
      Effect.onExit(effect, () =>
        Effect.flatMap(Clock.currentTimeMillis, (end) => Metric.update(metric, (end - start) / 1000))
      )
    )
}

const gauge = (name: string, description: string) => Metric.gauge(name, { description })

/** Set when they are asked for; `breakerOpen` when it changes. */
export const gauges = {
  inFlight: gauge("ctx_in_flight", "Records taken and not yet ended"),
  lag: gauge("ctx_kafka_lag", "Records between the committed position and the end of the partition"),
  inDoubt: gauge("ctx_in_doubt", "Communications whose dispatch is in doubt"),
  breakerOpen: gauge("ctx_breaker_open", "1 while calls to the dependency are held back"),
  parked: gauge("ctx_parked", "Events waiting for their communication"),
  unaccounted: gauge("ctx_unaccounted", "Records below the committed offset without an ending")
}
