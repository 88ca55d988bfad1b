import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { channels, erroOf, headersOf, readBack, requestCount, textOf } from "../../support/scene.ts"
import { caseOf, counted, event, fixtureId, notesOf, reply, sentWorld, told } from "./scene.ts"

const otherNote = "Resposta do cliente não reconhecida: "

const answers: Readonly<Record<string, readonly [event: Json, evento: string]>> = {
  "SIM!!!": [reply("  SÍM!!! 👍"), "retorno_sim"],
  s: [reply("s"), "retorno_sim"],
  "Confirmo, obrigado": [reply("Confirmo, obrigado"), "retorno_sim"],
  nao: [reply("nao"), "retorno_nao"],
  "sim, mas quero remarcar": [reply("sim, mas quero remarcar"), "retorno_nao"],
  simples: [reply("simples"), "retorno_outro"],
  "acho que sim": [reply("acho que sim"), "retorno_outro"],
  "nothing in text": [reply(""), "retorno_outro"],
  "a button by its payload": [
    event("resposta", { message_id: "b", button: { payload: "NÃO", text: "Não" } }),
    "retorno_nao"
  ]
}

describe("answers", () => {
  for (const [name, [one, evento]] of Object.entries(answers)) {
    it.effect(`SPEC 8.10: "${name}" is ${evento}`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const [response] = yield* told(world, one)
        assert.strictEqual(response?.evento, evento)
        const state = { retorno_sim: "6", retorno_nao: "10", retorno_outro: "10" }[evento]
        const { fields } = yield* caseOf(world)
        assert.deepStrictEqual([fields.state, fields.priority], [state, evento === "retorno_nao" ? "2" : "3"])
      })
    )
  }

  it.effect(
    "SPEC 8.10: the note holds 500 code points of an answer that was not understood; the response holds it all",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const text = `${"é".repeat(498)}🚚🚚🚚`
        const [response] = yield* told(world, reply(text, { message_id: "m" }))
        assert.deepStrictEqual(yield* notesOf(world), [`${otherNote}${"é".repeat(498)}🚚🚚`])
        assert.strictEqual(channels(response).whatsapp?.response.texto, text)
      })
  )

  it.effect("SPEC 6.2, 8.10: two answers with one text are two notes", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, reply("Oi"))
      yield* world.serviceNow.faults.add({ kind: "drop", when: "after", match: { method: "PATCH" } })
      yield* told(world, reply("Oi", { message_id: "m-2" }))
      yield* world.serviceNow.faults.add({ kind: "drop", match: { method: "PATCH" } })
      yield* told(world, reply("Oi", { message_id: "m-3" }))
      assert.deepStrictEqual(yield* notesOf(world), [`${otherNote}Oi`, `${otherNote}Oi`, `${otherNote}Oi`])
    })
  )
})

describe("what no event can be read from", () => {
  const invalid: Readonly<Record<string, readonly [value: string | null, id: string | null]>> = {
    "no JSON": ["{", null],
    "a tombstone": [null, null],
    "no known shape": [JSON.stringify({ id_contexto: fixtureId, oi: 1 }), fixtureId]
  }
  for (const [name, [value, id]] of Object.entries(invalid)) {
    it.effect(
      `SPEC 8.12, 2.1: ${name} is a dead letter of the inbound topic with its failure; the consumer continues`,
      () =>
        Effect.gen(function* () {
          const world = yield* sentWorld()
          yield* readBack(world)
          const before = yield* requestCount(world)
          yield* world.answer(value, { partition: 0, key: "k" })
          const response = (yield* world.responded(2)).find(({ evento }) => evento === "mensagem_invalida")
          assert.strictEqual(response?.id_correlacao, id)
          assert.strictEqual(response?.id_resposta, "omnichannelRespostaCampanha/0/0")
          const { codigo, status } = erroOf(response)
          assert.deepStrictEqual([codigo, status], ["MENSAGEM_INVALIDA", 400])
          assert.strictEqual(yield* requestCount(world), before)
          const [letter] = yield* world.inboundDeadLetters
          assert.strictEqual(textOf(letter?.value), value)
          assert.strictEqual(textOf(letter?.key), "k")
          assert.strictEqual(headersOf(letter)["dlq-codigo"], "MENSAGEM_INVALIDA")
          assert.lengthOf(yield* world.deadLetters, 0)

          yield* world.answer(event("entregue"), { partition: 0 })
          yield* world.responded(3)
          yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 2))
          const ended = [...world.store.records.values()].map(({ ending }) => ending)
          assert.deepStrictEqual(ended, ["response", "dead_letter", "response"])
        })
    )
  }

  it.effect("SPEC 8.1: a kind that is not ours is counted and skipped, alone or beside events", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.answer(event("digitando"), { partition: 0 })
      yield* world.answer(JSON.stringify([event("digitando"), event("entregue")]), { partition: 0 })
      yield* world.responded(2)
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 2))
      assert.deepStrictEqual(yield* counted(world, "ctx_skipped_total"), {
        "omnichannelRespostaCampanha tipo_desconhecido": 2
      })
      assert.lengthOf(yield* world.inboundDeadLetters, 0)
      assert.deepStrictEqual(yield* counted(world, "ctx_events_total"), { entregue: 1 })
      assert.deepStrictEqual(yield* notesOf(world), ["Mensagem entregue as 30/09/2025 12:31:02"])
    })
  )
})
