import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { channels, contactOf, erroOf, runningWorld, writes } from "../../support/scene.ts"
import { makeWorld } from "../../support/World.ts"

/** The response to one record, and what the vendors got of it. */
const communicated = Effect.fnUntraced(function* (changes: Json) {
  const world = yield* runningWorld()
  yield* world.produce(record(changes))
  const [response] = yield* world.responded(1)
  const [theCase] = yield* world.serviceNow.cases
  const [dispatch] = yield* writes(world.weni)
  return { response, theCase, dispatch }
})

describe("data as producers write it", () => {
  const phones: ReadonlyArray<readonly [string, string]> = [
    ["+551187654321", "+5511987654321"],
    ["1187654321", "+5511987654321"],
    ["(0XX11) 98765-4321", "+5511987654321"],
    ["whatsapp:+5511987654321", "+5511987654321"],
    ["5511987654321@c.us", "+5511987654321"],
    ["\u202A+55 11 98765-4321\u202C", "+5511987654321"],
    ["5511987654321.0", "+5511987654321"],
    ["555511987654321", "+5511987654321"]
  ]
  for (const [phone, expected] of phones) {
    it.effect(`SPEC 5.1: a message to ${phone} goes to ${expected}, and the Case has it`, () =>
      Effect.gen(function* () {
        const { dispatch, response, theCase } = yield* communicated({ "cliente.num_telefone": phone })
        assert.strictEqual(contactOf(dispatch)?.fullNumber, expected)
        assert.strictEqual(theCase?.fields.u_msisdn, expected)
        assert.strictEqual(response?.response_status, "success")
      })
    )
  }

  for (const none of ["", " ", null, undefined, "0800 123 4567", "(11) 4004-1234", "351912345678", "98765-4321"]) {
    it.effect(`SPEC 5.1: without a phone (${none}) the Case is opened, and the dispatch fails`, () =>
      Effect.gen(function* () {
        const { dispatch, response, theCase } = yield* communicated({ "cliente.num_telefone": none })
        assert.isUndefined(dispatch)
        assert.isDefined(theCase)
        assert.strictEqual(response?.response_status, "partial_success")
        const { erro, status } = channels(response).whatsapp?.response ?? {}
        assert.strictEqual(status, 422)
        assert.strictEqual(erro?.codigo, "TELEFONE_INVALIDO")
        assert.match(erro?.detalhe ?? "", /^cliente\.num_telefone não é um telefone válido: esperado .*, veio /)
      })
    )
  }

  it.effect("SPEC 2.2: channels are read without letter case", () =>
    Effect.gen(function* () {
      const { dispatch, response, theCase } = yield* communicated({ cod_canais: ["WhatsApp", "ITSM"] })
      assert.isDefined(theCase)
      assert.isDefined(dispatch)
      assert.deepStrictEqual(response?.cod_canais, ["whatsapp", "itsm"])
    })
  )

  it.effect("SPEC 2.2: a channel that is nearly ours is an invalid record, not a skip", () =>
    Effect.gen(function* () {
      const { response, theCase } = yield* communicated({ cod_canais: ["whatsap"] })
      assert.isUndefined(theCase)
      assert.strictEqual(erroOf(response).codigo, "MENSAGEM_INVALIDA")
      assert.match(String(erroOf(response).detalhe), /^cod_canais\[0\]: esperado .*, veio "whatsap"$/)
    })
  )

  const dates: ReadonlyArray<readonly [unknown, string]> = [
    ["2025-10-01T00:00:00Z", "01/10/2025"],
    ["2025-10-01T00:00:00", "01/10/2025"],
    ["2025-10-01 00:00:00", "01/10/2025"],
    ["20251001", "01/10/2025"]
  ]
  for (const [date, expected] of dates) {
    it.effect(`SPEC 4.2: ${date} is shown as ${expected}`, () =>
      Effect.gen(function* () {
        const { theCase } = yield* communicated({ "dados_jornada.dat_entrega": date })
        assert.include(String(theCase?.fields.short_description), `para ${expected}`)
      })
    )
  }

  for (const date of [20362, 1759276800000, [2025, 10, 1], "1759276800000", "2025-02-30"]) {
    it.effect(
      `SPEC 4.2: ${JSON.stringify(date)} is not a date: the record is invalid, and nothing is opened or sent`,
      () =>
        Effect.gen(function* () {
          const { dispatch, response, theCase } = yield* communicated({ "dados_jornada.dat_entrega": date })
          assert.isUndefined(theCase)
          assert.isUndefined(dispatch)
          assert.strictEqual(erroOf(response).codigo, "MENSAGEM_INVALIDA")
          assert.match(String(erroOf(response).detalhe), /^dados_jornada\.dat_entrega: esperado data em texto/)
        })
    )
  }

  it.effect("SPEC 1.1, 1.2: an empty id_correlacao and an empty num_pedido count as absent", () =>
    Effect.gen(function* () {
      const { response } = yield* communicated({ id_correlacao: "", "dados_jornada.num_pedido": "" })
      assert.match(String(response?.id_correlacao), /^pedido_entregue_amanha\|.*\|805566999OBM3028874-01$/)
      assert.strictEqual(response?.response_status, "success")
    })
  )

  it.effect("SPEC 2.1: an integer of 44 digits is shown digit by digit, and its repeat is recognized", () =>
    Effect.gen(function* () {
      const key = "35250912345678000195550010000012341000012345"
      const world = yield* runningWorld({
        journeys: defaultJourneys.replace("pedido {{num_pedido}}", "pedido {{chave}}")
      })
      const text = JSON.stringify(record({ "dados_jornada.chave": 1 })).replace('"chave":1', `"chave":${key}`)
      for (let copy = 0; copy < 2; copy += 1) yield* world.produce(text, { partition: 0 })
      const responses = yield* world.responded(2)
      assert.strictEqual(responses[1]?.duplicado, true)
      const [theCase] = yield* world.serviceNow.cases
      assert.include(String(theCase?.fields.short_description), key)
    })
  )

  it.effect("SPEC 1.4, 3.1: a CPF that is a number finds the customer, and its repeat is recognized", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      yield* world.serviceNow.seed([{ sys_id: "a".repeat(32), u_cpf_cnpj: "012.345.678-90" }])
      yield* world.start
      const order = record({ "cliente.cpf": 1234567890, cod_canais: ["itsm"] })
      for (let copy = 0; copy < 2; copy += 1) yield* world.produce(order, { partition: 0 })
      const [response, repeat] = yield* world.responded(2)
      assert.deepStrictEqual(channels(response).itsm?.consumer, { sys_id: "a".repeat(32), origem: "cpf_cnpj" })
      assert.strictEqual(repeat?.duplicado, true)
    })
  )

  it.effect("SPEC 4.1: a greeting without a name has the replacement word", () =>
    Effect.gen(function* () {
      for (const nome of ["", "null", "-", undefined]) {
        const { theCase } = yield* communicated({ "cliente.nome": nome })
        assert.match(String(theCase?.fields.description), /^Olá, cliente! /)
      }
    })
  )
})
