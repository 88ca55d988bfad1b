import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../src/domain/Canal.ts"
import { record } from "../domain/records.ts"
import {
  bodyOf,
  channels,
  contactOf,
  endings,
  erroOf,
  fixtureId,
  headersOf,
  joao,
  journeysWith,
  preparedWorld,
  requestCount,
  runningWorld,
  textOf,
  writes
} from "../support/scene.ts"
import { defaultJourneys, eventTime } from "../support/World.ts"

const casePost = { method: "POST", path: "/api/now/table/sn_" } as const

describe("records that cannot be read", () => {
  const unreadable: Readonly<Record<string, readonly [value: Json | string | Uint8Array | null, detalhe: string]>> = {
    "a tombstone": [null, "registro sem valor"],
    "not UTF-8": [new Uint8Array([0x7b, 0xff, 0x7d]), "o valor não é UTF-8 válido"],
    "not JSON": ['{"a":', "o valor não é JSON válido"],
    "no object": ["[1]", "esperado objeto, veio lista"],
    "every problem, with its path": [
      record({
        tims_evento: "ontem",
        cod_canais: ["whatsapp", 7],
        cod_jornada: undefined,
        "cliente.id": "",
        "cliente.num_telefone": 11999999999,
        dados_jornada: {},
        "dados_whats.id_campanha": "x/pro"
      }),
      [
        "tims_evento: esperado data e hora ISO 8601 com fuso (Z ou ±hh:mm), veio outro texto",
        "cod_canais[1]: esperado texto, veio número",
        "cod_jornada: ausente",
        "cliente.id: esperado texto, veio texto vazio",
        "cliente.num_telefone: esperado texto, veio número",
        "dados_jornada.num_pedido: ausente, e dados_jornada.id também",
        'dados_whats.id_campanha: esperado letras, dígitos, "-" e "_", veio outro texto'
      ].join("; ")
    ]
  }
  for (const [name, [value, detalhe]] of Object.entries(unreadable)) {
    it.effect(`SPEC 2.1: ${name}: nothing is called, the bytes are kept, and the consumer goes on`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        const sent = yield* world.produce(value, {
          partition: 0,
          key: "k",
          headers: { sistema: "loja", "dlq-codigo": "velho" }
        })
        const [response] = yield* world.responded(1)
        assert.strictEqual(response?.evento, "mensagem_invalida")
        assert.deepStrictEqual(response?.erro, { codigo: "MENSAGEM_INVALIDA", status: 400, detalhe })
        assert.strictEqual(yield* requestCount(world), 0)

        const [letter, ...more] = yield* world.deadLetters
        assert.lengthOf(more, 0)
        assert.deepStrictEqual(letter?.value, sent.value)
        assert.strictEqual(textOf(letter?.key), "k")
        assert.deepStrictEqual(headersOf(letter), {
          sistema: "loja",
          "dlq-codigo": "MENSAGEM_INVALIDA",
          "dlq-detalhe": detalhe,
          "dlq-topico": "comunicacaoTransacional",
          "dlq-particao": "0",
          "dlq-offset": "0",
          "dlq-timestamp": String(eventTime)
        })

        yield* world.produce(record(), { partition: 0 })
        const [, next] = yield* world.responded(2)
        assert.strictEqual(next?.response_status, "success")
        assert.deepStrictEqual(endings(world), { "0/0": "dead_letter", "0/1": "response" })
      })
    )
  }

  it.effect("SPEC 2.1: unknown fields at any depth are tolerated", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ novo: { a: [1, null] }, "cliente.novo": true, "dados_whats.novo": 1 }))
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
    })
  )

  it.effect("SPEC 2.1: a dead letter's detail has at most 1 KiB, whole characters", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ id_correlacao: "um", cod_jornada: "é".repeat(1000) }))
      yield* world.responded(1)
      const [letter] = yield* world.deadLetters
      assert.strictEqual(headersOf(letter)["dlq-detalhe"], `jornada "${"é".repeat(507)}`)
    })
  )

  it.effect("SPEC 2.1: a record that leaves no room for the reason goes without its value, and says so", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce("x".repeat(1_048_400), { key: "k" })
      yield* world.responded(1)
      const [letter] = yield* world.deadLetters
      assert.isNull(letter?.value)
      assert.strictEqual(textOf(letter?.key), "k")
      assert.strictEqual(headersOf(letter)["dlq-truncado"], "true")
      assert.strictEqual(headersOf(letter)["dlq-codigo"], "MENSAGEM_INVALIDA")
    })
  )
})

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
      assert.deepStrictEqual(yield* world.committed, [2, undefined])
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

  it.effect("SPEC 2.3: dados_canal_itsm is stored and sent to nobody", () =>
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
      yield* world.serviceNow.faults.add({ kind: "status", status: 403, match: casePost })
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
      yield* world.serviceNow.faults.add({ kind: "status", status: 403, match: casePost })
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

describe("expiry and journeys", () => {
  it.effect("SPEC 2.5: a record exactly as old as allowed is sent, a millisecond older is not", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ journeys: journeysWith({ expiresAfter: "24 hours" }) })
      yield* TestClock.adjust("24 hours")
      yield* world.start
      yield* world.produce(record(), { partition: 0 })
      const [first] = yield* world.responded(1)
      assert.strictEqual(first?.response_status, "success")
      const before = yield* requestCount(world)
      yield* world.produce(record({ id_correlacao: "velho", tims_evento: "2025-09-29T15:29:59Z" }), { partition: 0 })
      const [, second] = yield* world.responded(2)
      assert.deepStrictEqual(second?.erro, {
        codigo: "EXPIRADA",
        status: 410,
        detalhe: "evento de 29/09/2025 12:29:59, validade de 24 horas"
      })
      assert.strictEqual(yield* requestCount(world), before)
      assert.deepStrictEqual(yield* world.facts("velho"), [])
      assert.deepStrictEqual(endings(world), { "0/0": "response", "0/1": "refused" })
      assert.lengthOf(yield* world.deadLetters, 0)
    })
  )

  it.effect("SPEC 2.5: a known communication is repeated however old it is", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ journeys: journeysWith({ expiresAfter: "24 hours" }) })
      yield* world.produce(record(), { partition: 0 })
      yield* world.responded(1)
      yield* TestClock.adjust("25 hours")
      yield* world.produce(record(), { partition: 0 })
      const [, second] = yield* world.responded(2)
      assert.isTrue(second?.duplicado)
      assert.strictEqual(second?.response_status, "success")
    })
  )

  it.effect("SPEC 2.5: a message that expires while the Case is opened fails the channel alone", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ journeys: journeysWith({ expiresAfter: "30 seconds" }) })
      yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 31_000, match: casePost })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      assert.lengthOf(yield* world.weni.requests, 0)
      assert.strictEqual(response?.response_status, "partial_success")
      assert.notProperty(response, "erro")
      assert.deepStrictEqual(channels(response).whatsapp, {
        status: "failure",
        response: {
          status: 410,
          message: "validade expirada",
          erro: {
            codigo: "EXPIRADA",
            detalhe: "evento de 30/09/2025 12:30:00, validade de 30 segundos",
            tentativas: 0
          }
        }
      })
      const [theCase] = yield* world.serviceNow.cases
      assert.deepStrictEqual(theCase?.notes, ["Falha no envio do WhatsApp: 410 validade expirada"])
    })
  )

  it.effect("SPEC 2.5, 7.1: a backoff that crosses the limit ends the attempts, and says how many there were", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ journeys: journeysWith({ expiresAfter: "30 seconds" }) })
      yield* world.weni.faults.add({ kind: "status", status: 429, headers: { "retry-after": "31" } })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      const [dispatch, ...more] = yield* writes(world.weni)
      assert.lengthOf(more, 0)
      assert.deepStrictEqual(channels(response).whatsapp, {
        status: "failure",
        request: bodyOf(dispatch),
        response: {
          status: 410,
          message: "validade expirada",
          erro: {
            codigo: "EXPIRADA",
            detalhe: "evento de 30/09/2025 12:30:00, validade de 30 segundos",
            tentativas: 1
          }
        }
      })
    })
  )

  it.effect("SPEC 2.6: an unknown journey without a default causes nothing but a dead letter with the record", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const sent = yield* world.produce(record({ cod_jornada: "pedido_x" }), { partition: 0 })
      const [response] = yield* world.responded(1)
      assert.strictEqual(erroOf(response).codigo, "JORNADA_DESCONHECIDA")
      assert.strictEqual(yield* requestCount(world), 0)
      const [letter] = yield* world.deadLetters
      assert.deepStrictEqual(letter?.value, sent.value)
      assert.strictEqual(headersOf(letter)["dlq-codigo"], "JORNADA_DESCONHECIDA")
      assert.strictEqual(world.store.communications.size, 0)
      assert.deepStrictEqual(endings(world), { "0/0": "dead_letter" })
    })
  )

  it.effect("SPEC 2.6: an unknown journey is treated as the file's default, under its own name", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ journeys: `${defaultJourneys}\ndefault: pedido_entregue_amanha\n` })
      yield* world.produce(record({ cod_jornada: "pedido_x" }))
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      const [theCase] = yield* world.serviceNow.cases
      assert.match(theCase?.fields.short_description ?? "", /^Confirmação de entrega do pedido OBM3028874-01/)
      assert.strictEqual(contactOf((yield* writes(world.weni))[0])?.context.cod_jornada, "pedido_x")
    })
  )
})
