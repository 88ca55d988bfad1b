import { Effect, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"

import * as metrics from "../../src/telemetry/metrics.ts"

/** Names that others answer with: Prometheus itself, and the collector about itself (test/integration/collector.test.ts). */
const foreign: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["up", []],
  ["otelcol_exporter_send_failed_spans", []],
  ["otelcol_exporter_enqueue_failed_spans", []],
  ["otelcol_receiver_refused_spans", []],
  ["otelcol_processor_tail_sampling_sampling_trace_dropped_too_early", []]
]

const touchAll = Effect.gen(function* () {
  yield* metrics.countCommunication("a", "b")
  yield* metrics.countEvent("a")
  yield* metrics.countDeadLetter("a", "b")
  yield* metrics.countFailure("a", "b")
  yield* metrics.countSkipped("a", "b")
  yield* metrics.countLost("queue", 1)
  yield* metrics.countBlindLook("a")
  yield* metrics.countPersonalId("a")
  yield* metrics.countNewLog("a", "b")
  yield* metrics.countFailedCommit("a")
  yield* metrics.timed("case")(Effect.void)
  const {
    ahead,
    breakerOpen,
    consumerSearchBlind,
    held,
    inDoubt,
    inFlight,
    lag,
    loopsLate,
    parked,
    ready,
    unaccounted,
    unreached
  } = metrics.gauges
  for (const gauge of [ahead, inDoubt, inFlight, loopsLate, parked, ready, unaccounted, unreached])
    yield* Metric.update(gauge, 1)
  yield* Metric.update(Metric.withAttributes(lag, { topic: "a", partition: "0" }), 1)
  yield* Metric.update(Metric.withAttributes(consumerSearchBlind, { way: "a" }), 1)
  for (const gauge of [breakerOpen, held]) yield* Metric.update(Metric.withAttributes(gauge, { dependency: "a" }), 1)
})

const labelsOf = (text: string) => [...text.matchAll(/([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)/g)].map(([, name = ""]) => name)

/** Every series that may be asked for, with its labels: those of a scrape after each metric was used, and foreign ones. */
export const knownSeries = Effect.gen(function* () {
  yield* touchAll
  const text = yield* PrometheusMetrics.format()
  const own = [...text.matchAll(/^([a-z_]+)(\{.*\})? /gm)].map(
    ([, name = "", labels = ""]) => [name, labelsOf(labels)] as const
  )
  return new Map([...foreign, ...own].map(([name, labels]) => [name, new Set([...labels, "job", "instance"])]))
}).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))

const words = new Set(["and", "or", "unless", "by", "on", "offset"])

/** What a PromQL expression asks for: the names of its series, and every label that it matches or groups by. */
const asked = (expression: string) => {
  const plain = expression.replaceAll(/"[^"]*"/g, '""')
  const grouped = [...plain.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(",").map((it) => it.trim())
  )
  const matched = [...plain.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = ""]) => labelsOf(inside))
  const bare = plain.replaceAll(/\bby\s*\([^)]*\)/g, " ").replaceAll(/\{[^}]*\}|\[[^\]]*\]|\boffset\s+\$?\w+/g, " ")
  const names = [...bare.matchAll(/\b[a-zA-Z_]\w*\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !words.has(name))
  return { names: [...new Set(names)], labels: [...new Set([...grouped, ...matched])] }
}

/** What an expression asks for and nobody answers; empty where it is well. */
export const unknownIn = (
  known: ReadonlyMap<string, ReadonlySet<string>>,
  expression: string
): ReadonlyArray<string> => {
  const { labels, names } = asked(expression)
  const there = new Set(names.flatMap((name) => [...(known.get(name) ?? [])]))
  return [
    ...names.filter((name) => !known.has(name)),
    ...labels.filter((label) => !there.has(label)).map((label) => `label ${label}`)
  ]
}
