import { Effect, Metric } from "effect"

import { monotonicMillis } from "../domain/values/monotonicTime.ts"

type Labels = Readonly<Record<string, string>>

/**
 * Keeps one metric per set of labels permanently, as the registry keeps its series. A metric that receives its labels
 * with each update would look up its series by all labels each time.
 */
const counter = (name: string, description: string) => {
  const series = new Map<string, Metric.Counter<number>>()
  return (attributes: Labels, amount: number) => {
    const key = JSON.stringify(attributes)
    const metric = series.get(key) ?? Metric.counter(name, { description, incremental: true, attributes })
    series.set(key, metric)
    return Metric.update(metric, amount)
  }
}

/** The counters of CONTRACT "HTTP", `GET /metrics`. */
const communications = counter("ctx_communications_total", "Communications ended, by journey and response_status")
const events = counter("ctx_events_total", "Inbound events and scheduled closes reported, by evento")
const deadLetters = counter("ctx_dead_letters_total", "Records sent to a dead-letter topic, by topic and codigo")
const failures = counter(
  "ctx_failures_total",
  "Calls and records that failed, by channel (whatsapp, itsm, record) and codigo"
)
const skipped = counter("ctx_skipped_total", "Records that were none of ours, by topic and reason")
const newLogs = counter("ctx_new_logs_total", "Logs that took another one's place in a partition, by topic and reason")
const blindLooks = counter("ctx_blind_looks_total", "Looks that did not show a Case that exists, by its key field")
const personalIds = counter("ctx_personal_ids_total", "Orders whose ids hold personal data, by journey")
const failedCommits = counter(
  "ctx_commit_failures_total",
  "Commits of offsets that failed and are tried again, by code"
)
const lost = counter(
  "ctx_spans_lost_total",
  "Spans that were not exported: their queue was full, or the collector did not take them"
)

const step = (name: string) =>
  Metric.histogram("ctx_step_duration_seconds", {
    description: "Duration of one step of a communication, retries included",
    boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    attributes: { step: name }
  })
const steps = {
  consumer: step("consumer"),
  case: step("case"),
  dispatch: step("dispatch"),
  note: step("note"),
  response: step("response")
}

export const countCommunication = (journey: string, status: string) => communications({ journey, status }, 1)

export const countEvent = (event: string) => events({ event }, 1)

export const countDeadLetter = (topic: string, code: string) => deadLetters({ topic, code }, 1)

export const countFailure = (channel: string, code: string) => failures({ channel, code }, 1)

export const countSkipped = (topic: string, reason: string) => skipped({ topic, reason }, 1)

export const countNewLog = (topic: string, reason: string) => newLogs({ topic, reason }, 1)

export const countBlindLook = (field: string) => blindLooks({ field }, 1)

export const countPersonalId = (journey: string) => personalIds({ journey }, 1)

export const countFailedCommit = (code: string) => failedCommits({ code }, 1)

export const countLost = (reason: "queue" | "export", spans: number) => lost({ reason }, spans)

/** Records how long `effect` took, whether it succeeded, failed or was interrupted. */
export const timed = (name: keyof typeof steps) => {
  const metric = steps[name]
  return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(monotonicMillis, (start) =>
      Effect.onExit(effect, () => Effect.flatMap(monotonicMillis, (end) => Metric.update(metric, (end - start) / 1000)))
    )
}

const gauge = (name: string, description: string) => Metric.gauge(name, { description })

/** Gauges that are set on each request for metrics. `breakerOpen` and `consumerSearchBlind` are set when they change. */
export const gauges = {
  ready: gauge("ctx_ready", "1 while this process can take records, as /health/ready says"),
  inFlight: gauge("ctx_in_flight", "Records taken and not yet ended"),
  lag: gauge("ctx_kafka_lag", "Records between the committed position and the end of the partition"),
  unreached: gauge("ctx_partitions_unreached", "Partitions of the consumed topics whose leader does not answer"),
  inDoubt: gauge("ctx_in_doubt", "Communications whose dispatch is in doubt"),
  breakerOpen: gauge("ctx_breaker_open", "1 while calls to the dependency are held back"),
  consumerSearchBlind: gauge(
    "ctx_consumer_search_blind",
    "1 while a way of searching for consumers does not show a known one"
  ),
  held: gauge("ctx_held", "Communications of which a step waits for this vendor"),
  parked: gauge("ctx_parked", "Events waiting for their communication"),
  ahead: gauge("ctx_ahead", "Records that the group committed before this database knew of them, without an ending"),
  unaccounted: gauge("ctx_unaccounted", "Records below the committed offset without an ending"),
  loopsLate: gauge("ctx_loops_late", "Loops of this process that have not come round for too long")
}
