import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { event, notesOf, reply, responsesTo, sentWorld } from "./scene.ts"

const answered = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."

/** Times of records that no producer means: none at all, and seconds. */
const unwritten = [-1n, 0n, 1_759_246_260n]

describe("events of records without a time of their own", () => {
  it.effect.each(unwritten)("SPEC 8.1: an event keeps its own time in a record of %s", (timestamp) =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.answer(event("entregue"), { timestamp })
      yield* world.responded(2)
      assert.deepStrictEqual(yield* notesOf(world), ["Mensagem entregue as 30/09/2025 12:31:02"])
      const [delivered] = yield* responsesTo(world, "entregue")
      assert.isUndefined(delivered?.avisos)
    })
  )

  it.effect.each(unwritten)(
    "SPEC 8.1, 8.2: a NÃO without a time, known by its phone, is not lost with %s",
    (timestamp) =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const no = reply("NÃO", { context: undefined, timestamp: undefined })
        yield* world.answer(no, { timestamp })
        yield* world.responded(2)
        assert.deepStrictEqual(yield* notesOf(world), [answered])
      })
  )

  it.effect.each(["0001-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"])(
    "SPEC 8.1, 8.2: a NÃO of %s, known by its phone, has its record's time",
    (timestamp) =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* world.answer(reply("NÃO", { context: undefined, timestamp }))
        yield* world.responded(2)
        assert.deepStrictEqual(yield* notesOf(world), [answered])
        const [no] = yield* responsesTo(world, "retorno_nao")
        assert.deepStrictEqual(no?.avisos, ["o horário do evento não pôde ser lido: vale o do registro no Kafka"])
      })
  )
})
