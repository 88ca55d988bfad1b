import { execFile } from "node:child_process"
import { promisify } from "node:util"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { collectorBinary, startCollector, startSink } from "./support/collector.ts"
import { eventually } from "./support/service.ts"
import { temporaryDirectory } from "./support/temporaryFile.ts"

const id = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"
const personal = "joao.silva@example.com, +5511999999999, (11) 99999-9999, 123.456.789-09, 123456789-09, 12345678909"
const leaks = ["joao", "99999", "123.456", "123456789"]

const string = (key: string, value: string) => ({ key, value: { stringValue: value } })

interface Span {
  readonly trace: string
  readonly name: string
  readonly attributes?: ReadonlyArray<ReturnType<typeof string>>
  readonly status?: { readonly code: number; readonly message?: string }
  readonly event?: string
}

const traces = (...spans: ReadonlyArray<Span>) => ({
  resourceSpans: [
    {
      resource: { attributes: [string("service.name", "brom-ctx")] },
      scopeSpans: [
        {
          scope: { name: "test" },
          spans: spans.map(({ attributes = [], event, name, status = { code: 0 }, trace }, index) => ({
            traceId: trace.repeat(32),
            spanId: String(index + 1).padStart(16, "0"),
            name,
            kind: 5,
            startTimeUnixNano: "1790000000000000000",
            endTimeUnixNano: "1790000001000000000",
            attributes,
            status,
            events: event === undefined ? [] : [{ name: event, timeUnixNano: "1790000000500000000" }]
          }))
        }
      ]
    }
  ]
})

const has = (text: Effect.Effect<string>, ...words: ReadonlyArray<string>) =>
  eventually(
    words.join(" and "),
    Effect.map(text, (all) => words.every((word) => all.includes(word)))
  )

describe.runIf(collectorBinary !== undefined)("otel-collector.yaml in a real collector", () => {
  it.live("passes the collector's own validate", () =>
    Effect.promise(() => promisify(execFile)(collectorBinary ?? "", ["validate", "--config", "otel-collector.yaml"]))
  )

  it.live("SPEC 9.6: gives Jaeger and Tempo every trace, with its ids and without anything that looks personal", () =>
    Effect.gen(function* () {
      const sink = yield* startSink(yield* temporaryDirectory)
      const collector = yield* startCollector({ ...sink.environment, TRACES_DECISION_WAIT: "1s" })
      const status = yield* collector.send(
        "traces",
        traces({
          trace: "a",
          name: "process comunicacaoTransacional",
          attributes: [
            string("id_correlacao", id),
            string("case.number", "CS0001005"),
            string("note", personal),
            string("http.request.header.authorization", "Bearer hunter2")
          ],
          status: { code: 2, message: `refused ${personal}` },
          event: `call for ${personal}`
        })
      )
      assert.strictEqual(status, 200)
      for (const leg of [sink.jaeger, sink.tempo]) {
        yield* has(leg, "a".repeat(32))
        const text = yield* leg
        for (const leak of [...leaks, "hunter2"]) assert.notInclude(text, leak)
        assert.include(text, id)
        assert.include(text, "CS0001005")
        assert.include(text, "call for ***")
      }
    }).pipe(Effect.scoped)
  )

  it.live("keeps every error and every dispatch in doubt if the share of the others is lowered", () =>
    Effect.gen(function* () {
      const sink = yield* startSink(yield* temporaryDirectory)
      const collector = yield* startCollector({
        ...sink.environment,
        TRACES_DECISION_WAIT: "1s",
        TRACES_SAMPLED_PERCENT: "0"
      })
      yield* collector.send("traces", traces({ trace: "a", name: "ordinary" }))
      yield* collector.send(
        "traces",
        traces({ trace: "b", name: "first" }, { trace: "b", name: "x", status: { code: 2 } })
      )
      const doubt = [string("resultado", "desconhecido")]
      yield* collector.send("traces", traces({ trace: "c", name: "sendWhatsApp", attributes: doubt }))
      for (const leg of [sink.jaeger, sink.tempo]) {
        yield* has(leg, "b".repeat(32), "c".repeat(32), "first")
        assert.notInclude(yield* leg, "a".repeat(32))
      }
      // The names that the alert TracesLost uses, except those that appear only after a loss.
      yield* has(
        Effect.orDie(collector.own),
        "otelcol_receiver_refused_spans{",
        "otelcol_processor_tail_sampling_sampling_trace_dropped_too_early "
      )
    }).pipe(Effect.scoped)
  )

  it.live("gives Prometheus the metrics under their own names", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector({})
      const time = { startTimeUnixNano: "1790000000000000000", timeUnixNano: "1790000001000000000" }
      const status = yield* collector.send("metrics", {
        resourceMetrics: [
          {
            resource: { attributes: [string("service.name", "brom-ctx")] },
            scopeMetrics: [
              {
                metrics: [
                  {
                    name: "ctx_events_total",
                    sum: {
                      aggregationTemporality: 2,
                      isMonotonic: true,
                      dataPoints: [{ ...time, asInt: "3", attributes: [string("event", "lida")] }]
                    }
                  },
                  { name: "ctx_in_doubt", gauge: { dataPoints: [{ ...time, asInt: "2" }] } }
                ]
              }
            ]
          }
        ]
      })
      assert.strictEqual(status, 200)
      yield* has(Effect.orDie(collector.metrics), `ctx_events_total{event="lida"`, "ctx_in_doubt{")
    }).pipe(Effect.scoped)
  )
})
