import * as Resource from "@effect/opentelemetry/Resource"
import { assert, describe, it } from "@effect/vitest"
import { SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api"
import { tracing } from "@opentelemetry/sdk-node"
import { Effect, Layer, Tracer } from "effect"
import { TestClock } from "effect/testing"

import type { SamplerSettings } from "../../../src/services/Settings.ts"
import { exportedSpans } from "../../../src/telemetry/otlp/exportedSpans.ts"
import { samplerOf } from "../../../src/telemetry/otlp/exportedSpans.ts"

/** The spans that the exporter receives while the work runs. */
const exportedOf = <A, E>(work: Effect.Effect<A, E>, sampler: SamplerSettings["name"] = "always_on") =>
  Effect.gen(function* () {
    const exporter = new tracing.InMemorySpanExporter()
    const spans = exportedSpans({
      processor: new tracing.SimpleSpanProcessor(exporter),
      sampler: samplerOf({ name: sampler, ratio: 1 }),
      shutdownTimeout: 1000
    }).pipe(Layer.provide(Resource.layer({ serviceName: "test" })))
    return yield* Effect.andThen(
      Effect.exit(work),
      Effect.sync(() => exporter.getFinishedSpans())
    ).pipe(Effect.provide(spans))
  })

const only = <A>(all: ReadonlyArray<A>): A => {
  const [one] = all
  assert(one !== undefined && all.length === 1, `${all.length} instead of 1`)
  return one
}

class Refused extends Error {
  override readonly name = "Refused"
}

const producer = (sampled: boolean) =>
  Tracer.externalSpan({ traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", sampled })

describe("spans as they are exported", () => {
  it.effect("SPEC 9.6: names, attributes, lists too, exceptions and the status's message are masked, ids are not", () =>
    Effect.gen(function* () {
      // These digits are not a phone, but a mask of free texts would take them for one.
      const id = "pedido|12345678900|805566999"
      const work = Effect.fail(new Refused("no consumer for 529.982.247-25")).pipe(
        Effect.withSpan("call 5511999999999", {
          attributes: {
            id_correlacao: id,
            note: "fale com joao@example.com",
            notes: ["de", "+5511999999999"],
            nested: { to: ["joao@example.com"] },
            "messaging.kafka.offset": 11999999999,
            cod_jornada: "joao@example.com",
            known: true
          }
        })
      )
      const span = only(yield* exportedOf(work))
      assert.strictEqual(span.name, "call ***")
      assert.deepStrictEqual(span.attributes, {
        id_correlacao: id,
        note: "fale com ***@***",
        notes: ["de", "***"],
        nested: `{"to":["***@***"]}`,
        "messaging.kafka.offset": 11999999999,
        cod_jornada: "***@***",
        known: true,
        "error.type": "Refused"
      })
      assert.deepStrictEqual(span.status, { code: SpanStatusCode.ERROR, message: "no consumer for ***" })
      const { attributes, name } = only(span.events)
      assert.strictEqual(name, "exception")
      assert.strictEqual(attributes?.["exception.type"], "Refused")
      assert.strictEqual(attributes?.["exception.message"], "no consumer for ***")
      assert.match(String(attributes?.["exception.stacktrace"]), /^Refused: no consumer for \*\*\*\n/)
    })
  )

  it.effect("every error has an error.type, and a span with one is an error; interrupted work is not", () =>
    Effect.gen(function* () {
      const works: ReadonlyArray<Effect.Effect<void>> = [
        Effect.withSpan(Effect.void, "said", { attributes: { "error.type": "503" } }),
        Effect.withSpan(Effect.die(new Error("oh")), "died"),
        Effect.withSpan(Effect.interrupt, "interrupted"),
        Effect.withSpan(Effect.void, "well")
      ]
      const spans = yield* exportedOf(Effect.forEach(works, Effect.exit))
      assert.deepStrictEqual(
        spans.map(({ attributes, name, status }) => [name, status.code, attributes]),
        [
          ["said", SpanStatusCode.ERROR, { "error.type": "503" }],
          ["died", SpanStatusCode.ERROR, { "error.type": "Error" }],
          ["interrupted", SpanStatusCode.UNSET, { "effect.fiber.interrupted": true }],
          ["well", SpanStatusCode.OK, {}]
        ]
      )
    })
  )

  it.effect("kind, times, parent, links and who made it are as they were; a link to its own parent is left out", () =>
    Effect.gen(function* () {
      const other = Tracer.externalSpan({ traceId: "1".repeat(32), spanId: "2".repeat(16), sampled: false })
      const parent = producer(true)
      yield* TestClock.setTime(1_700_000_000_123)
      const work = Effect.withSpan(TestClock.adjust("1500 millis"), "work", {
        kind: "consumer",
        parent,
        links: [parent, other].map((span) => ({ span, attributes: {} }))
      })
      const span = only(yield* exportedOf(work))
      assert.strictEqual(span.kind, SpanKind.CONSUMER)
      assert.deepStrictEqual(
        [span.startTime, span.endTime, span.duration],
        [
          [1_700_000_000, 123_000_000],
          [1_700_000_001, 623_000_000],
          [1, 500_000_000]
        ]
      )
      const { spanId, traceFlags, traceId } = span.spanContext()
      assert.match(spanId, /^[0-9a-f]{16}$/)
      assert.deepStrictEqual([traceId, traceFlags], [parent.traceId, TraceFlags.SAMPLED])
      assert.deepStrictEqual(span.parentSpanContext, {
        traceId: parent.traceId,
        spanId: parent.spanId,
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true
      })
      assert.deepStrictEqual(span.links, [
        { context: { traceId: other.traceId, spanId: other.spanId, traceFlags: TraceFlags.NONE, isRemote: true } }
      ])
      assert.strictEqual(span.resource.attributes["service.name"], "test")
      assert.strictEqual(span.instrumentationScope.name, "brom-ctx")
    })
  )

  it.effect("OTEL_TRACES_SAMPLER decides for a producer's parent or none; a child of our span is as its parent", () =>
    Effect.gen(function* () {
      const both = (parent: Tracer.AnySpan | undefined) =>
        Effect.void.pipe(Effect.withSpan("inner"), Effect.withSpan("outer", parent ? { parent } : { root: true }))
      const seen = (parent: Tracer.AnySpan | undefined, sampler: SamplerSettings["name"]) =>
        Effect.map(exportedOf(both(parent), sampler), (spans) => spans.map(({ name }) => name))
      assert.deepStrictEqual(
        [
          yield* seen(producer(false), "always_on"),
          yield* seen(producer(false), "parentbased_always_on"),
          yield* seen(producer(true), "parentbased_always_off"),
          yield* seen(undefined, "parentbased_always_off"),
          yield* seen(undefined, "traceidratio")
        ],
        [["inner", "outer"], [], ["inner", "outer"], [], ["inner", "outer"]]
      )
    })
  )
})
