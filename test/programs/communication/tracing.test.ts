import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, type Tracer } from "effect"
import { TestClock } from "effect/testing"

import { fixtureId, headersOf } from "../../support/scene.ts"
import { linkedTraces, tagsOf, tracedWorld } from "../../support/spans.ts"
import { fixture, type World } from "../../support/World.ts"
import { event, reply } from "../inbound/scene.ts"

const order = fixture("comunicacaoTransacional.json")
const producer = "4bf92f3577b34da6a3ce929d0e0e4736"
const traceparent = `00-${producer}-00f067aa0ba902b7-00`
const beforeOpening = Date.parse("2025-10-01T07:59:30-03:00")

const named = (spans: ReadonlyArray<Tracer.Span>, name: string) => spans.filter((span) => span.name === name)

/** The last span of that name. */
const last = (spans: ReadonlyArray<Tracer.Span>, name: string): Tracer.Span => {
  const span = named(spans, name).at(-1)
  assert(span !== undefined, `no span ${name} among ${spans.map((one) => one.name).join(", ")}`)
  return span
}

const traceIds = (world: World) =>
  Effect.map(world.broker.records(world.settings.topics.response), (records) =>
    records.map((record) => headersOf(record).traceparent?.split("-")[1])
  )

describe("traces", () => {
  it.effect("CONTRACT Records: an order's trace is its producer's; what is known of it is on its actor's span", () =>
    Effect.gen(function* () {
      const world = yield* tracedWorld({ weni: { messageIds: true } })
      yield* world.produce(order, { headers: { traceparent } })
      yield* world.responded(1)
      const actor = last(world.spans, "Communication.Receive")
      const [theCase] = yield* world.serviceNow.cases
      const [dispatch] = yield* world.weni.dispatches
      assert.strictEqual(actor.traceId, producer)
      assert.deepStrictEqual(linkedTraces(actor), [])
      assert.deepInclude(tagsOf(actor), {
        id_correlacao: fixtureId,
        cod_jornada: "pedido_entregue_amanha",
        "case.number": theCase?.number,
        "case.sys_id": theCase?.sysId,
        "whatsapp.message_id": dispatch?.messageId
      })
      assert.notProperty(tagsOf(actor), "resultado")
      assert.deepStrictEqual(yield* traceIds(world), [producer])
    })
  )

  it.effect("CONTRACT Records: tracestate and baggage travel with the traceparent, as they came", () =>
    Effect.gen(function* () {
      const world = yield* tracedWorld()
      const headers = { traceparent, tracestate: "loja=00f067aa0ba902b7", baggage: "filial=12,tom=a%C3%A7%C3%A3o" }
      yield* world.produce(order, { headers })
      yield* world.responded(1)
      yield* world.answer(event("entregue"), { headers: { ...headers, baggage: "x".repeat(9000) } })
      yield* world.responded(2)
      yield* world.answer(event("lida"), { headers: { tracestate: "loja=1", baggage: "a=b" } })
      yield* world.responded(3)
      const responses = (yield* world.broker.records(world.settings.topics.response)).map(headersOf)
      assert.deepStrictEqual(
        responses.map(({ baggage, tracestate }) => ({ tracestate, baggage })),
        [
          { tracestate: headers.tracestate, baggage: headers.baggage },
          // Longer than the room that a response surely has.
          { tracestate: headers.tracestate, baggage: undefined },
          // Without a traceparent they belong to no trace.
          { tracestate: undefined, baggage: undefined }
        ]
      )
    })
  )

  it.effect("DESIGN Actors: a call is one span, between that of its step and that of its record", () =>
    Effect.gen(function* () {
      const world = yield* tracedWorld()
      yield* world.produce(order)
      yield* world.responded(1)
      // The names of the spans above this one, the nearest first.
      const above = ({ parent }: Tracer.Span): ReadonlyArray<string> =>
        world.spans
          .filter(({ spanId }) => spanId === Option.getOrUndefined(parent)?.spanId)
          .flatMap((span) => [span.name].concat(above(span)))
      assert.deepStrictEqual(above(last(world.spans, "openCase")), [
        "Communication.Receive",
        "process comunicacaoTransacional"
      ])
    })
  )

  it.effect("an event's trace is its own, linked to the order's, even in a later process", () =>
    Effect.gen(function* () {
      const world = yield* tracedWorld()
      yield* world.produce(order, { headers: { traceparent } })
      yield* world.responded(1)
      yield* world.process.stop
      yield* world.restart
      yield* world.answer(event("entregue"))
      yield* world.responded(2)
      const actor = last(world.spans, "Communication.Apply")
      const root = last(world.spans, "process omnichannelRespostaCampanha")
      assert.strictEqual(actor.traceId, root.traceId)
      assert.isTrue(Option.isNone(root.parent))
      assert.deepStrictEqual(linkedTraces(actor), [producer])
      assert.strictEqual(tagsOf(actor).id_correlacao, fixtureId)
      assert.strictEqual(tagsOf(last(world.spans, "Communication.Apply"))["whatsapp.message_id"], "wamid.1")
      assert.deepStrictEqual(yield* traceIds(world), [producer, root.traceId])
    })
  )

  it.effect("a scheduled close's trace starts with its timer and links to the order's", () =>
    Effect.gen(function* () {
      const world = yield* tracedWorld({ at: beforeOpening })
      yield* world.produce(order, { headers: { traceparent } })
      yield* world.responded(1)
      yield* world.answer(reply("SIM"))
      yield* world.responded(2)
      yield* world.responded(3)
      const root = last(world.spans, "timer")
      const actor = last(world.spans, "Communication.Wake")
      assert.isTrue(Option.isNone(root.parent))
      assert.strictEqual(actor.traceId, root.traceId)
      assert.deepStrictEqual(linkedTraces(actor), [producer])
      assert.strictEqual((yield* traceIds(world))[2], root.traceId)
    })
  )

  it.effect("a parked event's trace starts when it is applied and links to its producer's and the order's", () =>
    Effect.gen(function* () {
      const world = yield* tracedWorld()
      const early = "11111111111111111111111111111111"
      yield* world.answer(event("entregue"), { headers: { traceparent: `00-${early}-2222222222222222-01` } })
      yield* world.ended(1)
      yield* world.produce(order, { headers: { traceparent } })
      yield* world.responded(2)
      const root = last(world.spans, "process omnichannelRespostaCampanha")
      assert.isTrue(Option.isNone(root.parent))
      assert.deepStrictEqual(linkedTraces(root), [early])
      assert.strictEqual(tagsOf(root)["messaging.kafka.offset"], 0)
      assert.deepStrictEqual(linkedTraces(last(world.spans, "Communication.Apply")), [producer])
    })
  )

  it.effect("a repeat's trace is its own producer's, linked to the first; a dispatch in doubt says so", () =>
    Effect.gen(function* () {
      const world = yield* tracedWorld()
      yield* world.weni.faults.add({ kind: "drop" })
      yield* world.produce(order, { headers: { traceparent } })
      yield* world.responded(1)
      assert.strictEqual(tagsOf(last(world.spans, "Communication.Receive")).resultado, "desconhecido")
      const again = "33333333333333333333333333333333"
      yield* world.produce(order, { headers: { traceparent: `00-${again}-4444444444444444-01` } })
      yield* world.responded(2)
      const actor = last(world.spans, "Communication.Receive")
      assert.strictEqual(actor.traceId, again)
      assert.deepStrictEqual(linkedTraces(actor), [producer])
    })
  )

  it.effect("each attempt is a span, a refused one an error; an invalid traceparent header is ignored", () =>
    Effect.gen(function* () {
      const world = yield* tracedWorld()
      yield* world.weni.faults.add({ kind: "status", status: 503 })
      yield* world.produce(order, { headers: { traceparent: "not-a-trace" } })
      yield* world.responded(1)
      const attempts = named(world.spans, "POST /v1/campaigns/{id_campanha}/dispatch")
      assert.deepStrictEqual(
        attempts.map((span) => [
          tagsOf(span)["http.response.status_code"],
          tagsOf(span)["error.type"],
          tagsOf(span)["http.request.resend_count"]
        ]),
        [
          [503, "503", undefined],
          [200, undefined, 1]
        ]
      )
      assert.isTrue(Option.isNone(last(world.spans, "process comunicacaoTransacional").parent))
    })
  )

  it.effect("a query that only looks for work makes no span", () =>
    Effect.gen(function* () {
      const world = yield* tracedWorld()
      yield* world.produce(order)
      yield* world.responded(1)
      yield* TestClock.adjust("5 seconds")
      const before = world.spans.length
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(
        world.spans.slice(before).map(({ name }) => name),
        []
      )
    })
  )
})
