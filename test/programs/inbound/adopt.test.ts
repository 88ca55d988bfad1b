import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { caseKey } from "../../../src/domain/outbound/caseKey.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { channels } from "../../support/scene.ts"
import { makeWorld, type WorldOptions } from "../../support/World.ts"
import { caseOf, humanGroup, openedElsewhere, reply, told } from "./scene.ts"

const oldId = "pedido_entregue_amanha|550e8400|OBM1"

/** A service with an empty database, and one Case that ServiceNow has. */
const lateWorld = Effect.fnUntraced(function* (fields: Json = {}, options: WorldOptions = {}) {
  const world = yield* makeWorld(options)
  const opened = yield* openedElsewhere(world, { u_id_correlacao: oldId, ...fields })
  return { ...world, opened, process: yield* world.start }
})

const answerTo = (id_case: string, texto = "sim", fields: Json = {}) =>
  reply(texto, { context: { id_case }, ...fields })

describe("adoption of a Case that only ServiceNow knows", () => {
  for (const by of ["number", "sysId"] as const) {
    it.effect(`SPEC 8.2, 8.8: by its ${by}: SIM closes it, without a delivery date`, () =>
      Effect.gen(function* () {
        const world = yield* lateWorld()
        const [response] = yield* told(world, answerTo(world.opened[by]))
        assert.strictEqual(response?.id_correlacao, oldId)
        assert.strictEqual(response?.id_resposta, `${oldId}#1`)
        assert.strictEqual(response?.evento, "retorno_sim")
        assert.deepStrictEqual([response?.cod_canais, response?.cod_canaais], [[], []])
        assert.deepStrictEqual(channels(response).itsm, {
          status: "success",
          request: {
            state: 6,
            close_notes: "Cliente confirmou a entrega. Caso encerrado.",
            work_notes: "Confirmação recebida do cliente: SIM."
          },
          response: { status: 200 }
        })
        const { fields, notes } = yield* caseOf(world)
        assert.strictEqual(fields.state, "6")
        assert.strictEqual(fields.close_notes, "Cliente confirmou a entrega. Caso encerrado.")
        assert.deepStrictEqual(notes, ["Confirmação recebida do cliente: SIM."])
      })
    )
  }

  it.effect(
    "SPEC 8.2: once adopted, number, sys_id, id and message ids name it, and ServiceNow is not asked again",
    () =>
      Effect.gen(function* () {
        const world = yield* lateWorld()
        const { number, sysId } = world.opened
        yield* told(world, answerTo(number, "Oi?"))
        yield* told(world, reply("Alô?", { context: { id_case: sysId } }))
        yield* told(world, reply("Hein?", { context: { id_contexto: oldId } }))
        yield* told(world, reply("sim", { context: { id: "wamid.Oi?" } }))
        // The second one is the close's: it must not override people.
        const gets = (yield* world.serviceNow.requests).filter(({ method }) => method === "GET")
        assert.deepStrictEqual(
          gets.map(({ path }) => path.endsWith(sysId)),
          [false, true]
        )
        assert.strictEqual((yield* caseOf(world)).fields.state, "6")
        assert.deepStrictEqual([...world.store.communications.keys()], [oldId])
      })
  )

  it.effect("SPEC 8.2, 8.9: NÃO to an adopted Case gives it to people", () =>
    Effect.gen(function* () {
      const world = yield* lateWorld({}, { settings: { serviceNow: { humanGroup } } })
      yield* told(world, answerTo(world.opened.number, "não"))
      const { fields } = yield* caseOf(world)
      assert.deepStrictEqual([fields.state, fields.assignment_group, fields.priority], ["10", humanGroup, "2"])
    })
  )

  it.effect("SPEC 8.2: what is adopted outlives a crash", () =>
    Effect.gen(function* () {
      const world = yield* lateWorld()
      yield* told(world, answerTo(world.opened.number, "Oi?"))
      yield* world.process.kill
      yield* world.start
      yield* told(world, reply("sim", { context: { id_contexto: oldId } }))
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  const strangers: Readonly<Record<string, Json>> = {
    "of a journey that is not in the file": { u_id_correlacao: "outra|550e8400|OBM1" },
    "without u_id_correlacao": { u_id_correlacao: "" },
    "with an id that cannot be one": { u_id_correlacao: "pedido_entregue_amanha|a^b|1" }
  }
  for (const [name, fields] of Object.entries(strangers)) {
    it.effect(`SPEC 8.2: a Case ${name} is not adopted`, () =>
      Effect.gen(function* () {
        const world = yield* lateWorld(fields)
        yield* world.answer(answerTo(world.opened.number))
        yield* world.until(Effect.sync(() => world.store.parked.size === 1))
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual((yield* caseOf(world)).notes, [])
        assert.strictEqual(world.store.communications.size, 0)
      })
    )
  }

  const byDigest = Effect.fnUntraced(function* () {
    const world = yield* makeWorld({ settings: { serviceNow: { keyField: "correlation_id" } } })
    yield* world.serviceNow.change({ extraFields: ["correlation_id"], withoutFields: ["u_id_correlacao"] })
    const opened = yield* openedElsewhere(world, { correlation_id: caseKey("correlation_id", oldId).value })
    return { ...world, opened, process: yield* world.start }
  })

  it.effect("SPEC 4.3, 8.2: a Case with the digest of an id is adopted for an event that carries the id", () =>
    Effect.gen(function* () {
      const world = yield* byDigest()
      const [response] = yield* told(
        world,
        reply("sim", { context: { id_case: world.opened.number, id_contexto: oldId } })
      )
      assert.strictEqual(response?.id_correlacao, oldId)
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  for (const [what, context] of [
    ["without the id", {}],
    ["with another id", { id_contexto: `${oldId}1` }]
  ] as const) {
    it.effect(`SPEC 4.3, 8.2: a Case with the digest of an id is not adopted for an event ${what}`, () =>
      Effect.gen(function* () {
        const world = yield* byDigest()
        yield* world.answer(reply("sim", { context: { id_case: world.opened.number, ...context } }))
        yield* world.until(Effect.sync(() => world.store.parked.size === 1))
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual((yield* caseOf(world)).fields.state, "10")
        assert.strictEqual(world.store.communications.size, 0)
      })
    )
  }

  it.effect("SPEC 8.2, 8.3: ServiceNow that cannot be read just then: the event is parked, and adopts later", () =>
    Effect.gen(function* () {
      const world = yield* lateWorld()
      yield* world.serviceNow.faults.add({ kind: "refuse", times: 5, match: { method: "GET" } })
      yield* world.answer(answerTo(world.opened.number))
      yield* world.until(Effect.sync(() => world.store.parked.size === 1))
      yield* world.until(
        Effect.map(world.responses, (all) => all.length === 1),
        1000
      )
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  it.effect(
    "SPEC 4.3, 8.2: the record of an adopted communication that comes late opens no second Case and sends no second message",
    () =>
      Effect.gen(function* () {
        const world = yield* lateWorld()
        yield* told(world, answerTo(world.opened.number, "Oi?"))
        yield* world.produce(record({ id_correlacao: oldId }))
        const response = (yield* world.responded(2))[1]
        assert.lengthOf(yield* world.serviceNow.cases, 1)
        assert.lengthOf(yield* world.weni.requests, 0)
        const { request, response: answer } = channels(response).whatsapp ?? {}
        assert.isUndefined(request)
        assert.deepStrictEqual(answer, {
          status: 502,
          message: "resultado desconhecido",
          erro: {
            codigo: "INDETERMINADO",
            detalhe: "o Case foi aberto antes deste registro; a mensagem pode já ter sido enviada",
            tentativas: 0
          }
        })
      })
  )

  it.effect("SPEC 8.9: NÃO to an adopted Case that is resolved reopens it and removes its close notes", () =>
    Effect.gen(function* () {
      const world = yield* lateWorld({ state: 6, close_notes: "Encerrado." })
      yield* told(world, answerTo(world.opened.number, "não"))
      const { fields } = yield* caseOf(world)
      assert.deepStrictEqual([fields.state, fields.close_notes ?? ""], ["10", ""])
    })
  )
})
