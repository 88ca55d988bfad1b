import { SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api"
import { tracing } from "@opentelemetry/sdk-node"
import { assert, describe, it } from "vitest"

import { finishedSpan } from "../../src/telemetry/otlp/finishedSpans.ts"

const spanOf = (change: (span: tracing.Span) => void): tracing.ReadableSpan => {
  const spans = new tracing.InMemorySpanExporter()
  const provider = new tracing.BasicTracerProvider({ spanProcessors: [new tracing.SimpleSpanProcessor(spans)] })
  const span = provider.getTracer("test").startSpan("work", { kind: SpanKind.CLIENT }) as tracing.Span
  change(span)
  span.end()
  const [finished] = spans.getFinishedSpans()
  if (finished === undefined) throw new Error("no span")
  return finishedSpan(finished)
}

describe("spans as they are exported", () => {
  it("SPEC 9.6: names, attributes, lists too, events and the status's message are masked, ids are not", () => {
    const id = "pedido|11999999999|805566999"
    const span = spanOf((open) => {
      open.setAttributes({
        id_correlacao: id,
        note: "fale com joao@example.com",
        notes: ["de", "+5511999999999"],
        "messaging.kafka.offset": 11999999999
      })
      open.updateName("call 5511999999999")
      open.recordException(new Error("no consumer for 529.982.247-25"))
      open.setStatus({ code: SpanStatusCode.ERROR, message: "call +5511999999999" })
    })
    assert.strictEqual(span.name, "call ***")
    assert.deepStrictEqual(span.attributes, {
      id_correlacao: id,
      note: "fale com ***@***",
      notes: ["de", "***"],
      "messaging.kafka.offset": 11999999999,
      "error.type": "Error"
    })
    assert.strictEqual(span.events[0]?.attributes?.["exception.message"], "no consumer for ***")
    assert.strictEqual(span.status.message, "call ***")
    assert.notInclude(JSON.stringify([span.events, span.status]), "529.982")
  })

  it("every error has an error.type; one that was said stays", () => {
    const said = spanOf((open) => {
      open.setAttribute("error.type", "503")
      open.setStatus({ code: SpanStatusCode.ERROR })
    })
    const unsaid = spanOf((open) => open.setStatus({ code: SpanStatusCode.ERROR }))
    const none = spanOf((open) => open.setStatus({ code: SpanStatusCode.OK }))
    assert.deepStrictEqual(
      [said, unsaid, none].map(({ attributes }) => attributes["error.type"]),
      ["503", "_OTHER", undefined]
    )
  })

  it("what makes it a span is untouched", () => {
    const span = spanOf((open) => open.setAttribute("a", 1))
    assert.strictEqual(span.name, "work")
    assert.strictEqual(span.kind, SpanKind.CLIENT)
    assert.strictEqual(span.spanContext().traceFlags, TraceFlags.SAMPLED)
    assert.match(span.spanContext().traceId, /^[0-9a-f]{32}$/)
  })
})
