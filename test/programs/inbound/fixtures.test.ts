import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { channels, headersOf, textOf } from "../../support/scene.ts"
import { fixture, jsonOf, type World, type WorldOptions } from "../../support/World.ts"
import { event, fixtureId, humanGroup, patchesOf, reply, sentWorld, told } from "./scene.ts"

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const inbound = (name: string) => fixture(`inbound/${name}.json`)
const golden = (name: string) => fixture(`responses/${name}.json`)

/** Equal as text, including the order of keys, except for what varies (fixtures/README). */
const assertGolden = (response: Json | undefined, expected: Json, offset: number, changes: Json = {}) => {
  assert.match(String(response?.tims_resposta), isoTime)
  assert.match(String(response?.id_resposta), /#\d+$/)
  const varying = {
    id_resposta: `${fixtureId}#${String(response?.id_resposta).split("#").at(-1)}`,
    tims_resposta: response?.tims_resposta,
    ...(expected.origem !== undefined && { origem: { topico: "omnichannelRespostaCampanha", particao: 0, offset } })
  }
  assert.strictEqual(
    JSON.stringify(response, null, 2),
    JSON.stringify({ ...expected, ...varying, ...changes }, null, 2)
  )
}

const whatsappOf = (expected: Json, fields: Json): Json => {
  const resultados = expected.resultados as { readonly whatsapp: { readonly response: Json } }
  return {
    resultados: {
      ...resultados,
      whatsapp: { ...resultados.whatsapp, response: { ...resultados.whatsapp.response, ...fields } }
    }
  }
}

const withHumanGroup: WorldOptions = { settings: { serviceNow: { humanGroup } } }
const deliveredBody = { work_notes: "Mensagem entregue as 30/09/2025 12:31:02" }
const readBody = { work_notes: "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:33:00" }
const closeBody = {
  state: 6,
  close_notes: "Cliente confirmou a entrega para 01/10/2025. Caso encerrado.",
  work_notes: "Confirmação recebida do cliente: SIM."
}
const humanBody = {
  state: 10,
  assignment_group: humanGroup,
  priority: 2,
  work_notes: "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
}

interface Golden {
  readonly events: ReadonlyArray<Json>
  readonly file: string
  /** The fields in which the event differs from the file's. */
  readonly says?: Json
  /** Bodies of all PATCHes. */
  readonly bodies: ReadonlyArray<Json>
  readonly options?: WorldOptions
}

/** The last event is the one that is answered as in the file. */
const cases: Readonly<Record<string, Golden>> = {
  "8.1, 8.7: canonical-delivered": {
    events: [inbound("canonical-delivered")],
    file: "entregue",
    bodies: [deliveredBody]
  },
  "8.1, 8.7: whatsapp-status": { events: [inbound("whatsapp-status")], file: "entregue", bodies: [deliveredBody] },
  "8.1, 8.7: flat-read": {
    events: [inbound("canonical-delivered"), inbound("flat-read")],
    file: "lida",
    bodies: [deliveredBody, readBody]
  },
  "8.1, 8.7: omnichat-read": {
    events: [inbound("whatsapp-status"), inbound("omnichat-read")],
    file: "lida",
    says: { message_id: "m-77" },
    bodies: [deliveredBody, readBody]
  },
  "8.1, 8.8: canonical-reply": { events: [inbound("canonical-reply")], file: "retorno_sim", bodies: [closeBody] },
  "8.1, 8.2, 8.8: whatsapp-button": {
    events: [inbound("whatsapp-status"), inbound("whatsapp-button")],
    file: "retorno_sim",
    says: { message_id: "wamid.HBgNNTUxMQ3", texto: "SIM" },
    bodies: [deliveredBody, closeBody]
  },
  "8.1, 8.9: omnichat-reply": {
    events: [inbound("omnichat-reply")],
    file: "retorno_nao",
    bodies: [{ ...humanBody, work_notes: `${humanBody.work_notes} Resposta: NÃO, quero remarcar` }],
    options: withHumanGroup
  },
  "8.10: another answer": {
    events: [reply("Que horas chega?", { message_id: "m-79", timestamp: "2025-09-30T15:50:00Z" })],
    file: "retorno_outro",
    bodies: [{ work_notes: "Resposta do cliente não reconhecida: Que horas chega?" }]
  },
  "8.7: sent": {
    events: [event("enviada", { message_id: "wamid.HBgNNTUxMQ1", timestamp: "2025-09-30T15:30:30Z" })],
    file: "enviada",
    bodies: []
  },
  "8.7: failed": {
    events: [
      event("falha", {
        message_id: "wamid.HBgNNTUxMQ1",
        timestamp: "2025-09-30T15:30:40Z",
        errors: [{ code: 131026, title: "Message undeliverable" }]
      })
    ],
    file: "falha_envio",
    bodies: [{ work_notes: "Falha no envio do WhatsApp: 131026 Message undeliverable" }]
  }
}

const responseRecord = (world: World, index: number) =>
  Effect.map(world.broker.records(world.settings.topics.response), (all) => all[index])

describe("events of the fixtures", () => {
  for (const [name, { bodies, events, file, options, says }] of Object.entries(cases)) {
    it.effect(`SPEC 8.11, ${name} is answered as in ${file}.json, with the fixture's bodies at ServiceNow`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(options)
        const responses = yield* told(world, ...events)
        const expected = golden(file)
        const changes = says === undefined ? {} : whatsappOf(expected, says)
        assertGolden(responses.at(-1), expected, events.length - 1, changes)
        assert.strictEqual(JSON.stringify(yield* patchesOf(world)), JSON.stringify(bodies))
        const numbers = (yield* world.responses).map(({ id_resposta }) => id_resposta)
        assert.deepStrictEqual(
          numbers,
          numbers.map((_, index) => `${fixtureId}#${index + 1}`)
        )
      })
    )
  }

  it.effect(
    "SPEC 8.11: a response to an event has the headers and the key of CONTRACT and continues the event's trace",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
        yield* world.answer(inbound("canonical-delivered"), {
          headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
        })
        yield* world.responded(2)
        const published = yield* responseRecord(world, 1)
        const { traceparent, ...headers } = headersOf(published)
        assert.strictEqual(textOf(published?.key), fixtureId)
        assert.deepStrictEqual(headers, {
          id_correlacao: fixtureId,
          id_resposta: `${fixtureId}#2`,
          evento: "entregue",
          response_status: "success",
          "content-type": "application/json"
        })
        assert.match(traceparent ?? "", new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`))
      })
  )

  it.effect("SPEC 8.8, 8.11: SIM outside business hours and its close are answered as in the fixtures", () =>
    Effect.gen(function* () {
      // 07:59:10 in São Paulo, a Wednesday.
      const world = yield* sentWorld({ at: Date.parse("2025-10-01T10:59:10Z") })
      const [scheduled] = yield* told(world, { ...inbound("canonical-reply"), timestamp: "2025-10-01T01:40:10Z" })
      assertGolden(scheduled, golden("retorno_sim_fora_do_horario"), 0)
      const responses = yield* world.responded(3)
      assertGolden(responses[2], golden("fechamento"), 0)
      assert.strictEqual(
        JSON.stringify(yield* patchesOf(world)),
        JSON.stringify([
          { work_notes: "Confirmação recebida do cliente: SIM. Fechamento agendado para 01/10/2025 08:00." },
          closeBody
        ])
      )
      const published = yield* responseRecord(world, 2)
      const { traceparent, ...headers } = headersOf(published)
      assert.match(traceparent ?? "", /^00-/)
      assert.strictEqual(textOf(published?.key), fixtureId)
      assert.deepStrictEqual(headers, {
        id_correlacao: fixtureId,
        id_resposta: `${fixtureId}#3`,
        evento: "fechamento",
        response_status: "success",
        "content-type": "application/json"
      })
    })
  )

  it.effect("SPEC 8.11: a PATCH that ServiceNow refuses is answered as in retorno_nao_case_recusou.json", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(withHumanGroup)
      const body = {
        error: { message: "Operation Failed", detail: "ACL Exception Update Failed due to security constraints" }
      }
      yield* world.serviceNow.faults.add({ kind: "status", status: 403, body, times: 2, match: { method: "PATCH" } })
      const [response] = yield* told(world, {
        ...inbound("omnichat-reply"),
        payload: { ...(inbound("omnichat-reply").payload as Json), text: "NÃO" }
      })
      const expected = golden("retorno_nao_case_recusou")
      assertGolden(response, expected, 0)
      const [note] = channels(expected).itsm?.atualizacoes ?? []
      assert.deepStrictEqual(yield* patchesOf(world), [humanBody, humanBody, note?.request])
    })
  )

  it.effect("SPEC 8.2: an ambiguous answer is answered as in correlacao_ambigua.json", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.produce({ ...fixture("comunicacaoTransacional.json"), id_correlacao: "outra" })
      yield* world.responded(2)
      yield* world.answer(reply("Não", { context: undefined }), { partition: 0 })
      const [, , response = {}] = yield* world.responded(3)
      assert.strictEqual(
        JSON.stringify(response),
        JSON.stringify({
          ...golden("correlacao_ambigua"),
          id_resposta: "omnichannelRespostaCampanha/0/0",
          tims_resposta: response.tims_resposta,
          origem: { topico: "omnichannelRespostaCampanha", particao: 0, offset: 0 }
        })
      )
    })
  )

  it.effect(
    "SPEC 8.3: an orphan is answered as in correlacao_desconhecida.json, and is a dead letter with its bytes",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const id = "pedido_entregue_amanha|outro|1"
        const value = ` ${JSON.stringify(event("entregue", { context: { id_contexto: id } }))}\n`
        const { timestamp } = yield* world.answer(value, { partition: 0, key: "chave", headers: { h: "1" } })
        yield* world.until(
          Effect.map(world.responses, (all) => all.length === 2),
          1000
        )
        const published = (yield* world.broker.records(world.settings.topics.response)).find(
          (one) => textOf(one.key) === id
        )
        const response = published === undefined ? {} : jsonOf(published)
        const expected = golden("correlacao_desconhecida")
        const origem = { topico: "omnichannelRespostaCampanha", particao: 0, offset: 0 }
        assert.strictEqual(
          JSON.stringify(response),
          JSON.stringify({
            ...expected,
            id_resposta: "omnichannelRespostaCampanha/0/0",
            tims_resposta: response.tims_resposta,
            origem
          })
        )
        const [letter, ...others] = yield* world.inboundDeadLetters
        assert.deepStrictEqual(others, [])
        assert.strictEqual(textOf(letter?.value), value)
        assert.strictEqual(textOf(letter?.key), "chave")
        assert.deepStrictEqual(headersOf(letter), {
          h: "1",
          "dlq-codigo": "CORRELACAO_DESCONHECIDA",
          "dlq-detalhe": "nenhuma comunicação com esse id em 10 minutos",
          "dlq-topico": "omnichannelRespostaCampanha",
          "dlq-particao": "0",
          "dlq-offset": "0",
          "dlq-timestamp": String(timestamp)
        })
      })
  )
})
