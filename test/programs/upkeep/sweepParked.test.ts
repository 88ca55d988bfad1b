import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { RecordHeaders } from "../../../src/domain/record/RecordHeaders.ts"
import { parkIn } from "../../../src/layers/journal/memory/parking.ts"
import { toParked } from "../../../src/programs/intake/parkedEvent.ts"
import { endings, headersOf, preparedWorld, textOf } from "../../support/scene.ts"
import { fixture, jsonOf, type World, type WorldOptions } from "../../support/World.ts"
import { caseOf, counted, event, fixtureId, notesOf, reply, responsesTo } from "../inbound/scene.ts"

/** A running service that has not had the fixture's record yet. */
const earlyWorld = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  const world = yield* preparedWorld(options)
  return { ...world, process: yield* world.start }
})

const order = fixture("comunicacaoTransacional.json")

/** Returns when `count` events are parked. */
const parked = (world: World, count: number) => world.until(Effect.sync(() => world.store.parked.size === count))

const inboundEndings = ({ store }: World) =>
  [...store.records.values()]
    .filter(({ origin }) => origin.topic === "omnichannelRespostaCampanha")
    .map(({ ending }) => ending)

const delivered = event("entregue", { context: { id_contexto: fixtureId } })
const read = event("lida", { timestamp: "2025-09-30T15:33:00Z", context: { id_contexto: fixtureId } })
const eventos = (responses: ReadonlyArray<Json>) => responses.map(({ evento }) => evento)

describe("events that come before their communication", () => {
  it.effect("SPEC 8.3: are parked, which ends their records, and applied in their order when it comes", () =>
    Effect.gen(function* () {
      const world = yield* earlyWorld()
      for (const one of [delivered, read, reply("SIM", { context: { id_contexto: fixtureId } })]) {
        yield* world.answer(one, { partition: 0 })
      }
      yield* parked(world, 3)
      assert.deepStrictEqual(inboundEndings(world), ["parked", "parked", "parked"])
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 3))
      assert.deepStrictEqual(yield* world.responses, [])

      yield* world.produce(order)
      const responses = yield* world.responded(4)
      assert.deepStrictEqual(eventos(responses), ["comunicacao", "entregue", "lida", "retorno_sim"])
      assert.deepStrictEqual(
        responses.slice(1).map(({ origem }) => origem),
        [0, 1, 2].map((offset) => ({ topico: "omnichannelRespostaCampanha", particao: 0, offset }))
      )
      assert.deepStrictEqual(yield* notesOf(world), [
        "Mensagem entregue as 30/09/2025 12:31:02",
        "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:33:00",
        "Confirmação recebida do cliente: SIM."
      ])
      yield* parked(world, 0)
      assert.lengthOf(yield* world.inboundDeadLetters, 0)
    })
  )

  it.effect("SPEC 8.3: by a message id that only another event makes known", () =>
    Effect.gen(function* () {
      const world = yield* earlyWorld()
      yield* world.produce(order)
      yield* world.responded(1)
      yield* world.answer(event("entregue", { context: undefined, message_id: "wamid.9" }))
      yield* parked(world, 1)
      yield* world.answer(event("enviada", { message_id: "wamid.9" }))
      assert.deepStrictEqual(eventos(yield* world.responded(3)), ["comunicacao", "enviada", "entregue"])
    })
  )

  for (const death of ["kill", "stop"] as const) {
    it.effect(`SPEC 8.3, 9.3: a ${death} in between loses no event`, () =>
      Effect.gen(function* () {
        const world = yield* earlyWorld()
        for (const one of [delivered, read]) yield* world.answer(one, { partition: 0 })
        yield* parked(world, 2)
        yield* world.process[death]
        yield* world.produce(order)
        yield* world.start
        assert.deepStrictEqual(eventos(yield* world.responded(3)), ["comunicacao", "entregue", "lida"])
        yield* parked(world, 0)
      })
    )
  }

  it.effect("SPEC 8.3: a record that is delivered again after it was parked is not parked again", () =>
    Effect.gen(function* () {
      const world = yield* earlyWorld()
      yield* world.answer(delivered, { partition: 0 })
      yield* parked(world, 1)
      yield* world.process.stop
      world.broker.broker.group(world.settings.kafka.groupId).commit(world.settings.topics.inbound, 0, 0)
      yield* world.produce(order)
      yield* world.start
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 1))
      yield* parked(world, 0)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(eventos(yield* world.responses), ["comunicacao", "entregue"])
      assert.deepStrictEqual(yield* notesOf(world), ["Mensagem entregue as 30/09/2025 12:31:02"])
    })
  )

  it.effect("SPEC 8.3: before ORPHAN_AFTER has passed nothing is published about it", () =>
    Effect.gen(function* () {
      const world = yield* earlyWorld({ settings: { orphanAfter: 60_000 } })
      yield* world.answer(delivered)
      yield* parked(world, 1)
      yield* TestClock.adjust("58 seconds")
      assert.deepStrictEqual([yield* world.responses, yield* world.inboundDeadLetters], [[], []])
      assert.strictEqual(world.store.parked.size, 1)
      yield* TestClock.adjust("12 seconds")
      assert.deepStrictEqual(eventos(yield* world.responses), ["correlacao_desconhecida"])
      yield* parked(world, 0)
    })
  )

  const orphans: Readonly<Record<string, readonly [value: Json, id: string | null]>> = {
    "its id": [
      event("entregue", { context: { id_contexto: "pedido_entregue_amanha|c|1" } }),
      "pedido_entregue_amanha|c|1"
    ],
    "its cod_jornada": [event("entregue", { context: { cod_jornada: "pedido_entregue_amanha" } }), null]
  }
  for (const [name, [value, id]] of Object.entries(orphans)) {
    it.effect(
      `SPEC 8.3: an orphan that names a journey of the file by ${name} is a dead letter, with its failure`,
      () =>
        Effect.gen(function* () {
          const world = yield* earlyWorld({ settings: { orphanAfter: 30_000 } })
          yield* world.answer(value)
          const [response] = yield* world.responded(1)
          assert.strictEqual(response?.id_correlacao, id)
          assert.deepStrictEqual(response?.erro, {
            codigo: "CORRELACAO_DESCONHECIDA",
            status: 404,
            detalhe: "nenhuma comunicação com esse id em 30 segundos"
          })
          const [letter, ...others] = yield* world.inboundDeadLetters
          assert.deepStrictEqual(others, [])
          assert.deepStrictEqual(letter && jsonOf(letter), JSON.parse(JSON.stringify(value)))
          assert.strictEqual(headersOf(letter)["dlq-codigo"], "CORRELACAO_DESCONHECIDA")
          yield* parked(world, 0)
          assert.deepStrictEqual(yield* counted(world, "ctx_dead_letters_total"), {
            "omnichannelRespostaCampanha CORRELACAO_DESCONHECIDA": 1
          })
        })
    )
  }

  it.effect("CONTRACT Dead letter: orphans of one record are one dead letter, and a failure response each", () =>
    Effect.gen(function* () {
      const world = yield* earlyWorld({ settings: { orphanAfter: 30_000 } })
      const other = event("lida", { context: { id_contexto: "pedido_entregue_amanha|c|1" } })
      const stranger = event("lida", { context: { id_contexto: "outra|c|1" } })
      yield* world.answer(JSON.stringify([delivered, stranger, other, read]), { partition: 0 })
      const responses = yield* world.responded(3)
      assert.deepStrictEqual(responses.map(({ id_correlacao, id_resposta }) => [id_resposta, id_correlacao]).sort(), [
        ["omnichannelRespostaCampanha/0/0#2", "pedido_entregue_amanha|c|1"],
        ["omnichannelRespostaCampanha/0/0#3", fixtureId],
        ["omnichannelRespostaCampanha/0/0", fixtureId]
      ])
      yield* parked(world, 0)
      assert.lengthOf(yield* world.inboundDeadLetters, 1)
      assert.deepStrictEqual(yield* counted(world, "ctx_dead_letters_total"), {
        "omnichannelRespostaCampanha CORRELACAO_DESCONHECIDA": 1
      })
      assert.deepStrictEqual(Object.values(endings(world)), ["dead_letter"])
    })
  )

  it.effect(
    "CONTRACT Dead letter: no orphan is refused while ServiceNow does not say whose another of its record is",
    () =>
      Effect.gen(function* () {
        const world = yield* earlyWorld({ settings: { orphanAfter: 30_000 } })
        yield* world.serviceNow.faults.add({ kind: "status", status: 503, times: -1, match: { method: "GET" } })
        const ofCase = event("lida", { context: { id_case: "CS0009999", cod_jornada: "pedido_entregue_amanha" } })
        yield* world.answer(JSON.stringify([delivered, ofCase]), { partition: 0 })
        yield* parked(world, 2)
        yield* TestClock.adjust("10 minutes")
        assert.deepStrictEqual([yield* world.responses, yield* world.inboundDeadLetters], [[], []])
        yield* world.serviceNow.faults.clear
        yield* world.until(
          Effect.sync(() => world.store.parked.size === 0),
          1000
        )
        assert.deepStrictEqual(eventos(yield* world.responses), ["correlacao_desconhecida", "correlacao_desconhecida"])
        assert.lengthOf(yield* world.inboundDeadLetters, 1)
      })
  )

  it.effect(
    "SPEC 8.2, 8.3: an answer known by its phone alone that arrives while its message is being sent is applied",
    () =>
      Effect.gen(function* () {
        const world = yield* earlyWorld()
        yield* world.weni.faults.add({ kind: "slow", delayMs: 10_000 })
        yield* world.produce(order)
        yield* world.until(Effect.map(world.weni.requests, (all) => all.length === 1))
        yield* world.answer(reply("sim", { context: undefined }))
        yield* parked(world, 1)
        // Long before ORPHAN_AFTER.
        const start = yield* Clock.currentTimeMillis
        yield* world.responded(2)
        assert.isBelow((yield* Clock.currentTimeMillis) - start, 16_000)
        assert.lengthOf(yield* responsesTo(world, "retorno_sim"), 1)
        assert.strictEqual((yield* caseOf(world)).fields.state, "6")
      })
  )

  it.effect("SPEC 8.3: a full query is followed by the next one as soon as its events are applied", () =>
    Effect.gen(function* () {
      const world = yield* earlyWorld()
      yield* world.produce(order)
      yield* world.ended(1)
      yield* world.process.stop
      const start = yield* Clock.currentTimeMillis
      const rows = Array.from({ length: 600 }, (_, offset) => {
        const record = {
          topic: "t",
          partition: 0,
          offset,
          timestamp: start,
          key: null,
          value: null,
          headers: RecordHeaders.none
        }
        const one = { kind: "sent", at: start, messageId: `m-${offset}`, correlationId: fixtureId } as const
        return toParked({ record, event: one, index: 0 }, start)
      })
      parkIn(world.store, rows, [])
      yield* world.start
      yield* parked(world, 0)
      assert.isBelow((yield* Clock.currentTimeMillis) - start, 5000)
      assert.lengthOf(yield* responsesTo(world, "enviada"), 600)
    })
  )

  const strangers: Readonly<Record<string, Json>> = {
    "another journey": event("entregue", { context: { cod_jornada: "outra", id_contexto: "outra|c|1" } }),
    "an id alone": event("entregue", { context: { id_contexto: "7" } }),
    "no name at all": event("entregue", { context: undefined, message_id: undefined, fullNumber: undefined })
  }
  for (const [name, value] of Object.entries(strangers)) {
    it.effect(`SPEC 8.3: an orphan with ${name} is another campaign's: counted alheio and skipped`, () =>
      Effect.gen(function* () {
        const world = yield* earlyWorld({ settings: { orphanAfter: 30_000 } })
        yield* world.answer(value)
        yield* parked(world, 1)
        yield* parked(world, 0)
        assert.deepStrictEqual(yield* counted(world, "ctx_skipped_total"), { "omnichannelRespostaCampanha alheio": 1 })
        assert.deepStrictEqual([yield* world.responses, yield* world.inboundDeadLetters], [[], []])
      })
    )
  }

  it.effect("SPEC 8.3: the time counts over restarts, and the dead letter still has the original bytes", () =>
    Effect.gen(function* () {
      const world = yield* earlyWorld()
      const value = ` ${JSON.stringify(delivered)} `
      yield* world.answer(value, { key: "k", headers: { origem: "omni" } })
      yield* parked(world, 1)
      yield* world.process.kill
      yield* TestClock.adjust("11 minutes")
      yield* world.start
      yield* world.responded(1)
      const [letter] = yield* world.inboundDeadLetters
      assert.strictEqual(textOf(letter?.value), value)
      assert.strictEqual(textOf(letter?.key), "k")
      assert.strictEqual(headersOf(letter).origem, "omni")
      assert.deepStrictEqual(Object.values(endings(world)), ["dead_letter"])
    })
  )

  it.effect("SPEC 8.3: an answer known by its phone alone is applied when the message is sent after all", () =>
    Effect.gen(function* () {
      const world = yield* earlyWorld({ settings: { orphanAfter: 30_000 } })
      yield* world.answer(reply("sim", { context: undefined }))
      yield* parked(world, 1)
      yield* world.produce(order)
      yield* world.responded(2)
      assert.lengthOf(yield* responsesTo(world, "retorno_sim"), 1)
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
      yield* parked(world, 0)
    })
  )
})
