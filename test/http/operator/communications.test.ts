import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { reply } from "../../programs/inbound/scene.ts"
import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { fixtureId, runningWorld } from "../../support/scene.ts"
import { fixture } from "../../support/World.ts"

const tokens = { ana: "ana-token-0123456789", bruno: "bruno-token-0123456789", carla: "carla-token-0123456789" }
const operators = [
  operatorWith("ana", tokens.ana, ["operator"]),
  operatorWith("bruno", tokens.bruno, ["viewer"]),
  operatorWith("carla", tokens.carla, ["privacy"])
]
const path = `/api/communications/${encodeURIComponent(fixtureId)}`
const order = fixture("comunicacaoTransacional.json")

/** A communication whose customer has answered with a text of his own. */
const answered = Effect.fnUntraced(function* () {
  const world = yield* runningWorld()
  yield* world.produce({ ...order, dados_whats: { id_campanha: "xpro", saudacao: "Olá, João" } })
  yield* world.responded(1)
  yield* world.answer(reply("Sou o Zé, moro na Rua das Acácias", { message_id: "wamid.9" }))
  yield* world.responded(2)
  const ask = yield* serveOperators(world, { operators, traceUrl: "http://jaeger/trace/{trace_id}" })
  return { world, ask }
})

const personal = /João|Silva|5511999999999|joao\.silva|Acácias|Sou o Zé/

describe("GET /api/communications/{id}", () => {
  it.effect("SPEC 11.2: the whole story, without personal data, for every role", () =>
    Effect.gen(function* () {
      const { ask, world } = yield* answered()
      for (const token of Object.values(tokens)) {
        const { body, status, text } = yield* ask(path, { token })
        assert.strictEqual(status, 200)
        assert.notMatch(text, personal)
        const shown = Object(body)
        assert.deepStrictEqual(
          [shown.id, shown.status, shown.order, shown.shipment, shown.case.number],
          [fixtureId, "success", "OBM3028874-01", "805566999", "CS0001005"]
        )
        assert.deepStrictEqual(shown.customer, {
          id: "550e8400-e29b-41d4-a716-446655440000",
          name: "***",
          phone: "***9999",
          email: "***"
        })
        assert.deepStrictEqual(shown.record, {
          origin: { topic: "comunicacaoTransacional", partition: 0, offset: 0 },
          channels: ["whatsapp", "itsm"],
          eventTime: Date.parse("2025-09-30T15:30:00Z")
        })
        assert.deepStrictEqual(shown.links, {
          case: `http://servicenow.test/sn_customerservice_case.do?sys_id=${shown.case.sysId}`,
          traces: [`http://jaeger/trace/${shown.traces[0]}`]
        })
        const facts = yield* world.facts(fixtureId)
        assert.deepStrictEqual(
          shown.timeline.map(({ fact }: { fact: string }) => fact),
          facts.map(({ _tag }) => _tag)
        )
        assert.strictEqual(shown.responses.length, 2)
        assert.strictEqual(shown.responses[0].content.resultados.itsm.response.number, "CS0001005")
        assert.deepStrictEqual(shown.responses[0].content.origem, {
          topico: "comunicacaoTransacional",
          particao: 0,
          offset: 0
        })
        assert.include(text, "Olá, ***! Informamos que sua entrega")
      }
    })
  )

  it.effect(
    "CONTRACT GET /api/communications/{id}: by order number, shipment, Case number in any case, and sys_id",
    () =>
      Effect.gen(function* () {
        const { ask } = yield* answered()
        const { case: theCase } = Object((yield* ask(path, { token: tokens.bruno })).body)
        for (const name of ["OBM3028874-01", "805566999", "cs0001005", theCase.sysId]) {
          const { body, status } = yield* ask(`/api/communications/${name}`, { token: tokens.bruno })
          assert.deepStrictEqual([status, Object(body).id], [200, fixtureId], name)
        }
      })
  )

  it.effect(
    "CONTRACT GET /api/communications/{id}: several are 409 with the ids, none is 404, personal data is 400",
    () =>
      Effect.gen(function* () {
        const { ask, world } = yield* answered()
        const otherId = fixtureId.replace("pedido_entregue_amanha", "outra")
        yield* world.produce({ ...order, id_correlacao: otherId })
        yield* world.responded(3)
        const several = yield* ask("/api/communications/OBM3028874-01", { token: tokens.bruno })
        assert.strictEqual(several.status, 409)
        assert.deepStrictEqual([...Object(several.body).ids].toSorted(), [fixtureId, otherId].toSorted())
        assert.strictEqual((yield* ask("/api/communications/nobody", { token: tokens.bruno })).status, 404)
        for (const name of ["joao.silva@example.com", "+5511999999999", "123.456.789-09", "5511999999999"]) {
          const got = yield* ask(`/api/communications/${encodeURIComponent(name)}`, { token: tokens.bruno })
          assert.strictEqual(got.status, 400, name)
        }
      })
  )
})

describe("POST /api/communications/{id}/reveal", () => {
  it.effect("SPEC 11.2: the same, unmasked, for the role privacy, with a reason", () =>
    Effect.gen(function* () {
      const { ask } = yield* answered()
      const { body, status } = yield* ask(`${path}/reveal`, { token: tokens.carla, body: { reason: "chamado 7" } })
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(Object(body).customer, {
        id: "550e8400-e29b-41d4-a716-446655440000",
        name: "João Silva",
        phone: "+5511999999999",
        email: "joao.silva@example.com"
      })
      assert.include(JSON.stringify(Object(body).timeline), "Rua das Acácias")
      assert.strictEqual((yield* ask(`${path}/reveal`, { token: tokens.carla, body: { reason: " " } })).status, 400)
      assert.strictEqual((yield* ask(`${path}/reveal`, { token: tokens.carla, body: {} })).status, 400)
    })
  )
})

describe("POST /api/communications/{id}/whatsapp", () => {
  it.effect("SPEC 5.3: settles a doubt, and is 409 if there is none", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "timeout", times: 1 })
      yield* world.produce(order)
      yield* world.responded(1)
      const ask = yield* serveOperators(world, { operators })
      const decide = () =>
        ask(`${path}/whatsapp`, { token: tokens.ana, body: { decision: "sent", reason: "Weni diz" } })
      assert.deepStrictEqual(Object((yield* ask(path, { token: tokens.ana })).body).marks, ["in_doubt", "awaiting"])
      const { body, status } = yield* decide()
      assert.deepStrictEqual([status, typeof Object(body).operation], [202, "string"])
      yield* world.responded(2)
      const shown = Object((yield* ask(path, { token: tokens.ana })).body)
      const decided = shown.timeline.find(({ fact }: { fact: string }) => fact === "Decided")
      assert.deepStrictEqual([decided?.by, decided?.reason], ["ana", "Weni diz"])
      const again = yield* decide()
      assert.strictEqual(again.status, 409)
    })
  )
})
