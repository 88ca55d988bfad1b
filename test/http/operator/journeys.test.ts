import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { reply } from "../../programs/inbound/scene.ts"
import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { calls, fixtureId, runningWorld } from "../../support/scene.ts"
import { fixture, type WorldOptions } from "../../support/World.ts"

const token = "bruno-token-0123456789"
const operators = [operatorWith("bruno", token, ["viewer"])]
const order = fixture("comunicacaoTransacional.json")

const served = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  const world = yield* runningWorld(options)
  const ask = yield* serveOperators(world, { operators })
  const preview = (body: object) => Effect.map(ask("/api/preview", { token, body }), ({ body: got }) => Object(got))
  return { world, ask, preview }
})

describe("POST /api/preview", () => {
  it.effect("CONTRACT POST /api/preview: a new record, with what would be sent, and nothing is called or stored", () =>
    Effect.gen(function* () {
      const { ask, preview, world } = yield* served()
      const shown = yield* preview({ record: order })
      assert.deepStrictEqual([shown.verdict, shown.id, shown.problems], ["new", fixtureId, []])
      assert.deepStrictEqual(shown.consumer, { lookedForBy: ["email"], missing: "create" })
      assert.include(shown.case.description, "Olá, ***! Informamos que sua entrega")
      assert.strictEqual(shown.case.u_num_pedido, "OBM3028874-01")
      assert.strictEqual(shown.message.contacts[0].fullNumber, "***9999")
      assert.strictEqual(shown.response.response_status, "success")
      const { text } = yield* ask("/api/preview", { token, body: { record: order } })
      assert.notMatch(text, /João|Silva|5511999999999|joao\.silva/)
      assert.deepStrictEqual(yield* calls(world.weni), [])
      assert.strictEqual(world.store.communications.size, 0)
    })
  )

  it.effect(
    "CONTRACT POST /api/preview: repeat, conflict, unknown journey, other channels, every problem, and text",
    () =>
      Effect.gen(function* () {
        const { preview, world } = yield* served()
        yield* world.produce(order)
        yield* world.responded(1)
        assert.strictEqual((yield* preview({ record: order })).verdict, "repeat")
        const conflicting = yield* preview({ record: { ...order, dados_whats: { id_campanha: "outra" } } })
        assert.deepStrictEqual([conflicting.verdict, conflicting.response.erro.codigo], ["conflict", "CONFLITO"])
        const unknown = yield* preview({ record: { ...order, cod_jornada: "outra" } })
        assert.deepStrictEqual(
          [unknown.verdict, unknown.response.erro.codigo],
          ["unknown_journey", "JORNADA_DESCONHECIDA"]
        )
        assert.strictEqual((yield* preview({ record: { ...order, cod_canais: ["sms"] } })).verdict, "skipped")
        const invalid = yield* preview({ record: { ...order, tims_evento: "ontem", dados_whats: {} } })
        assert.strictEqual(invalid.verdict, "invalid")
        assert.deepStrictEqual(invalid.problems.map(({ path }: { path: string }) => path).toSorted(), [
          "dados_whats.id_campanha",
          "tims_evento"
        ])
        assert.strictEqual((yield* preview({ record: "{" })).verdict, "invalid")
      })
  )

  it.effect(
    "CONTRACT RETENTION, POST /api/preview: a record of a deleted communication is answered as it would be",
    () =>
      Effect.gen(function* () {
        const { preview, world } = yield* served({ settings: { retention: 30_000 } })
        const answered = Effect.fnUntraced(function* (record: typeof order, count: number) {
          const shown = yield* preview({ record })
          yield* world.produce(record)
          return { shown, response: (yield* world.responded(count)).at(-1) }
        })
        yield* world.produce(order)
        yield* world.responded(1)
        yield* TestClock.adjust("1 minute")
        yield* world.until(Effect.sync(() => world.store.forgotten.has(fixtureId)))
        const repeat = yield* answered(order, 2)
        assert.strictEqual(repeat.shown.verdict, "repeat")
        assert.deepInclude(repeat.shown.response, { id_resposta: repeat.response?.id_resposta, duplicado: true })
        const conflict = yield* answered({ ...order, dados_whats: { id_campanha: "outra" } }, 3)
        assert.strictEqual(conflict.shown.verdict, "conflict")
        assert.deepStrictEqual(conflict.shown.response.erro, conflict.response?.erro)
      })
  )

  it.effect("CONTRACT POST /api/preview: an event of a known communication, and of an unknown one", () =>
    Effect.gen(function* () {
      const { ask, preview, world } = yield* served()
      const yes = reply("SIM", { message_id: "wamid.9" })
      const parked = yield* preview({ event: yes })
      assert.deepStrictEqual([parked.verdict, parked.events[0].evento], ["parked", "retorno_sim"])
      yield* world.produce(order)
      yield* world.responded(1)
      const applied = yield* preview({ event: yes })
      assert.deepStrictEqual(
        [applied.verdict, applied.id, applied.events[0].evento],
        ["applied", fixtureId, "retorno_sim"]
      )
      assert.include(applied.patches[0].work_notes, "Confirmação recebida do cliente: SIM.")
      yield* world.answer(yes)
      yield* world.responded(2)
      assert.strictEqual((yield* preview({ event: yes })).verdict, "duplicate")
      assert.strictEqual((yield* preview({ event: "[]x" })).verdict, "invalid")
      for (const body of [{}, { record: order, event: yes }]) {
        assert.strictEqual((yield* ask("/api/preview", { token, body })).status, 400)
      }
    })
  )
})

describe("GET /api/journeys", () => {
  it.effect("CONTRACT GET /api/journeys: the journeys in force", () =>
    Effect.gen(function* () {
      const { ask } = yield* served()
      const { body } = yield* ask("/api/journeys", { token })
      const [journey] = Object(body).items
      assert.deepStrictEqual(
        [journey.name, journey.journey.missingConsumer, journey.journey.timeZone],
        ["pedido_entregue_amanha", "create", "America/Sao_Paulo"]
      )
    })
  )
})
