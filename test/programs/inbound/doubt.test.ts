import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { countInDoubt } from "../../../src/layers/journal/memory/store.ts"
import { record } from "../../domain/outbound/records.ts"
import { channels, preparedWorld } from "../../support/scene.ts"
import { caseOf, event, fixtureId, notesOf, patchesOf, reply, told } from "./scene.ts"

/** A communication whose dispatch timed out: nobody knows whether the message went out. */
const doubtfulWorld = Effect.fnUntraced(function* () {
  const world = yield* preparedWorld()
  yield* world.weni.faults.add({ kind: "timeout", when: "after" })
  const process = yield* world.start
  yield* world.produce(record())
  yield* world.responded(1)
  assert.strictEqual(countInDoubt(world.store), 1)
  return { ...world, process }
})

const settling: Readonly<Record<string, readonly [event: Json, notes: ReadonlyArray<string>]>> = {
  enviada: [event("enviada"), []],
  entregue: [event("entregue"), ["Mensagem entregue as 30/09/2025 12:31:02"]],
  lida: [event("lida"), ["Mensagem lida as 30/09/2025 12:31:02"]],
  falha_envio: [event("falha", { code: "1", message: "x" }), ["Falha no envio do WhatsApp: 1 x"]],
  retorno_sim: [reply("sim"), ["Confirmação recebida do cliente: SIM."]],
  retorno_nao: [reply("não"), ["Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."]],
  retorno_outro: [reply("Oi"), ["Resposta do cliente não reconhecida: Oi"]]
}

describe("a dispatch in doubt", () => {
  for (const [evento, [first, notes]] of Object.entries(settling)) {
    it.effect(`SPEC 8.6: ${evento} settles it, with its note once, before its own`, () =>
      Effect.gen(function* () {
        const world = yield* doubtfulWorld()
        const confirmed = `WhatsApp confirmado pelo evento ${evento}`
        const [response] = yield* told(world, first)
        assert.strictEqual(response?.evento, evento)
        assert.deepStrictEqual(yield* notesOf(world), [confirmed, ...notes])
        assert.strictEqual(countInDoubt(world.store), 0)
        const view = world.store.communications.get(fixtureId)?.view
        assert.strictEqual(view?.inDoubt, false)

        const { itsm } = channels(response)
        const [own, ...before] = [...(yield* patchesOf(world))].reverse()
        assert.deepStrictEqual(itsm?.request, own)
        assert.deepStrictEqual(
          itsm?.atualizacoes,
          before.length === 0
            ? undefined
            : [{ status: "success", request: { work_notes: confirmed }, response: { status: 200 } }]
        )

        yield* told(world, first, event("entregue", { message_id: "m-2", timestamp: "2025-09-30T16:00:00Z" }))
        assert.lengthOf(
          (yield* notesOf(world)).filter((note) => note.startsWith("WhatsApp confirmado")),
          1
        )
        assert.lengthOf(yield* world.weni.requests, 1)
      })
    )
  }

  it.effect("SPEC 8.2, 8.6: delivered after a failed settles it as sent: a reply by phone alone is then awaited", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld()
      yield* told(world, event("falha", { code: "1", timestamp: "2025-09-30T15:30:40Z" }))
      const addressee = () => world.store.communications.get(fixtureId)?.view.addressee?.phone
      assert.isUndefined(addressee())
      yield* told(world, event("entregue"))
      assert.strictEqual(addressee(), "+5511999999999")
      yield* told(world, reply("sim", { context: undefined }))
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  it.effect("SPEC 8.2, 8.6: a reply known by its phone alone settles it", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld()
      yield* told(world, reply("sim", { context: undefined }))
      assert.strictEqual(countInDoubt(world.store), 0)
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  it.effect("SPEC 8.6: a settled doubt stays settled after a crash; a dispatch known as sent gets no such note", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld()
      yield* told(world, event("entregue"))
      yield* world.process.kill
      yield* world.start
      yield* told(world, event("lida"))
      assert.strictEqual(countInDoubt(world.store), 0)
      assert.lengthOf(
        (yield* notesOf(world)).filter((note) => note.startsWith("WhatsApp confirmado")),
        1
      )
    })
  )

  it.effect("SPEC 5.3, 8.6: one more response says how it was settled, and a repeat of the record gets that one", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld()
      yield* told(world, event("entregue"))
      const second = (yield* world.responded(3)).at(-1)
      assert.deepStrictEqual(
        [second?.evento, second?.id_resposta, second?.response_status],
        ["comunicacao", `${fixtureId}#3`, "success"]
      )
      assert.notProperty(channels(second).whatsapp?.response, "resultado")
      yield* world.produce(record())
      const repeated = (yield* world.responded(4)).at(-1)
      assert.deepStrictEqual({ ...repeated, origem: undefined }, { ...second, duplicado: true, origem: undefined })
    })
  )
})
