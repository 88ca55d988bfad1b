import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { record } from "../../domain/outbound/records.ts"
import {
  bodyOf,
  channels,
  endings,
  fixtureId,
  joao,
  journeysWith,
  requestCount,
  runningWorld,
  writes
} from "../../support/scene.ts"
import { eventTime } from "../../support/World.ts"

const casePost = { method: "POST", path: "/api/now/table/sn_" } as const

describe("channels", () => {
  it.effect("SPEC 2.2: channels of other services are ignored", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ cod_canais: ["sms", "whatsapp", "email"] }))
      const [response] = yield* world.responded(1)
      assert.deepStrictEqual([response?.cod_canais, response?.cod_canaais], [["whatsapp"], ["whatsapp"]])
      assert.deepStrictEqual(Object.keys(channels(response)), ["whatsapp"])
    })
  )

  it.effect("SPEC 2.2: without a channel of ours a record is skipped, without response or dead letter", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ cod_canais: ["sms"] }), { partition: 0 })
      yield* world.produce(record({ cod_canais: [] }), { partition: 0 })
      yield* world.ended(2)
      assert.deepStrictEqual(endings(world), { "0/0": "skipped", "0/1": "skipped" })
      assert.deepStrictEqual(yield* world.committed, [2, 0])
      assert.lengthOf(yield* world.responses, 0)
      assert.lengthOf(yield* world.deadLetters, 0)
      assert.strictEqual(yield* requestCount(world), 0)
    })
  )

  it.effect("SPEC 2.3: both: consumer, Case, dispatch, note, in this order", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 1000, times: -1 })
      yield* world.weni.faults.add({ kind: "slow", delayMs: 1000, times: -1 })
      yield* world.produce(record({ cod_canais: ["whatsapp", "itsm"] }))
      yield* world.responded(1)
      const requests = [...(yield* world.serviceNow.requests), ...(yield* world.weni.requests)]
      assert.deepStrictEqual(
        requests
          .sort((a, b) => a.at - b.at)
          .map(({ at, method, path }) => [at - eventTime, `${method} ${path.split("/").at(-1)}`]),
        [
          [0, "GET csm_consumer"],
          [1000, "POST sn_customerservice_case"],
          // The first Case of a new database is read back once (SPEC 4.3).
          [2000, "GET sn_customerservice_case"],
          [2000, "POST dispatch"],
          [3000, `PATCH ${(yield* world.serviceNow.cases)[0]?.sysId}`]
        ]
      )
    })
  )

  it.effect("SPEC 2.3: only whatsapp: no Case, no id_case, no note", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ cod_canais: ["whatsapp"] }))
      const [response] = yield* world.responded(1)
      assert.lengthOf(yield* world.serviceNow.requests, 0)
      const request = {
        contacts: [
          {
            context: { cod_jornada: "pedido_entregue_amanha", id_contexto: fixtureId },
            fullNumber: "+5511999999999",
            num_pedido: "OBM3028874-01",
            remessa: "805566999"
          }
        ]
      }
      assert.deepStrictEqual(bodyOf((yield* writes(world.weni))[0]), request)
      assert.deepStrictEqual(channels(response), {
        whatsapp: { status: "success", request, response: { status: 200, message: "accepted" } }
      })
    })
  )

  it.effect("SPEC 2.3: only itsm: a Case, no dispatch, no note; neither phone nor campaign is needed", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ cod_canais: ["itsm"], "cliente.num_telefone": undefined, dados_whats: undefined }))
      const [response] = yield* world.responded(1)
      assert.lengthOf(yield* world.weni.requests, 0)
      const [theCase] = yield* world.serviceNow.cases
      const [post, ...more] = yield* writes(world.serviceNow)
      assert.lengthOf(more, 0)
      assert.notProperty(bodyOf(post), "u_msisdn")
      assert.deepStrictEqual(channels(response), {
        itsm: {
          status: "success",
          consumer: { sys_id: joao.sys_id, origem: "email" },
          request: bodyOf(post),
          response: { status: 201, sys_id: theCase?.sysId, number: "CS0001005" }
        }
      })
    })
  )

  it.effect("SPEC 2.3: dados_canal_itsm is stored and not sent anywhere", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ dados_canal_itsm: { fila: "segredo-da-fila" } }))
      yield* world.responded(1)
      const sent = [...(yield* writes(world.serviceNow)), ...(yield* writes(world.weni))]
      assert.notInclude(sent.map(({ body }) => body).join(), "segredo-da-fila")
      const [accepted] = yield* world.facts(fixtureId)
      assert.strictEqual(accepted?._tag, "Accepted")
      assert.deepStrictEqual(accepted?._tag === "Accepted" && accepted.order.dados_canal_itsm, {
        fila: "segredo-da-fila"
      })
    })
  )

  it.effect("SPEC 2.4: without a Case nothing is sent by WhatsApp", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.faults.add({ kind: "status", status: 400, match: casePost })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      assert.lengthOf(yield* world.weni.requests, 0)
      assert.strictEqual(response?.response_status, "failure")
      assert.deepStrictEqual(channels(response).whatsapp, {
        status: "failure",
        response: {
          status: 424,
          message: "Case não aberto",
          erro: {
            codigo: "CASE_NAO_ABERTO",
            detalhe: "o Case não foi aberto; a mensagem não foi enviada",
            tentativas: 0
          }
        }
      })
    })
  )

  it.effect("SPEC 2.4: a journey with sendWithoutCase sends all the same, without id_case", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ journeys: journeysWith({ sendWithoutCase: true }) })
      yield* world.serviceNow.faults.add({ kind: "status", status: 400, match: casePost })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "partial_success")
      const { itsm, whatsapp } = channels(response)
      assert.deepStrictEqual([itsm?.status, whatsapp?.status], ["failure", "success"])
      assert.deepStrictEqual(
        (yield* world.weni.dispatches).map(({ idCase }) => idCase),
        [""]
      )
    })
  )
})
