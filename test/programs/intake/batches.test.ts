import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { fixture } from "../../support/World.ts"
import { event, reply, responsesTo, type SentWorld, sentWorld } from "../inbound/scene.ts"

const order = fixture("comunicacaoTransacional.json")
const otherId = "pedido_entregue_amanha|c2|R2"
const ofOther = { message_id: "wamid.2", context: { id_contexto: otherId } }

/** One record after the other: each has ended when the next comes. */
const answer = Effect.fnUntraced(function* (world: SentWorld, ...records: ReadonlyArray<unknown>) {
  for (const record of records) {
    const ended = world.store.records.size + 1
    yield* world.answer(JSON.stringify(record), { partition: 0 })
    yield* world.ended(ended)
  }
})

const reported = (world: SentWorld, count: number) =>
  Effect.map(world.responded(count), (all) => all.map(({ duplicado, evento }) => [evento, duplicado ?? false]))

describe("what one record of events brings", () => {
  it.effect("SPEC 8.3, 8.4: an event without its communication is parked even beside a duplicate", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* answer(world, event("entregue"), [event("entregue"), event("lida", ofOther)])
      yield* world.produce({ ...order, id_correlacao: otherId })
      yield* world.responded(5)
      const [response] = yield* responsesTo(world, "lida")
      assert.strictEqual(response?.id_correlacao, otherId)
    }).pipe(Effect.scoped)
  )

  it.effect("SPEC 8.4: each duplicate of a record is reported again", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const both = [event("entregue"), reply("SIM")]
      yield* answer(world, both, both)
      assert.deepStrictEqual(yield* reported(world, 5), [
        ["comunicacao", false],
        ["entregue", false],
        ["retorno_sim", false],
        ["entregue", true],
        ["retorno_sim", true]
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("SPEC 8.4, 8.11: of two equal events in one record the second is a duplicate", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* answer(world, [event("entregue"), event("entregue")])
      const once = [
        ["comunicacao", false],
        ["entregue", false],
        ["entregue", true]
      ]
      assert.deepStrictEqual(yield* reported(world, 3), once)
      // The record delivered again brings nothing new.
      yield* world.process.stop
      world.broker.broker.group(world.settings.kafka.groupId).commit(world.settings.topics.inbound, 0, 0)
      yield* world.start
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 1))
      assert.deepStrictEqual(yield* reported(world, 3), once)
    }).pipe(Effect.scoped)
  )

  it.effect("SPEC 8.3, 8.4: of two equal events in one record that was parked the second is a duplicate", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* answer(world, [event("entregue", ofOther), event("entregue", ofOther)])
      yield* world.produce({ ...order, id_correlacao: otherId })
      assert.deepStrictEqual((yield* reported(world, 4)).slice(2), [
        ["entregue", false],
        ["entregue", true]
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("SPEC 8.3, 8.4: a duplicate that was parked is reported again", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* answer(world, event("entregue", ofOther), event("entregue", ofOther))
      yield* world.produce({ ...order, id_correlacao: otherId })
      assert.deepStrictEqual(yield* reported(world, 4), [
        ["comunicacao", false],
        ["comunicacao", false],
        ["entregue", false],
        ["entregue", true]
      ])
    }).pipe(Effect.scoped)
  )

  it.effect(
    "CONTRACT Dead letter: events of one record that are refused are one dead letter, and a response each",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* world.process.stop
        yield* world.startWithJourneys(defaultJourneys.replace("pedido_entregue_amanha:", "outra:"))
        yield* answer(world, [event("entregue"), reply("SIM")])
        const refused = (yield* world.responded(3)).slice(1)
        assert.deepStrictEqual(
          refused.map(({ id_resposta }) => id_resposta),
          ["omnichannelRespostaCampanha/0/0", "omnichannelRespostaCampanha/0/0#1"]
        )
        assert.lengthOf(yield* world.inboundDeadLetters, 1)
      }).pipe(Effect.scoped)
  )

  it.effect("SPEC 2.6, 8.3: a parked event whose journey has since left the file is refused, not lost", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* answer(world, event("lida", ofOther))
      yield* world.produce({ ...order, id_correlacao: otherId })
      yield* world.responded(2)
      yield* world.process.stop
      yield* world.startWithJourneys(defaultJourneys.replace("pedido_entregue_amanha:", "outra:"))
      const [, , refused] = yield* world.responded(3)
      assert.deepStrictEqual(
        [refused?.id_correlacao, refused?.erro],
        [
          otherId,
          {
            codigo: "JORNADA_DESCONHECIDA",
            status: 422,
            detalhe: 'jornada "pedido_entregue_amanha" não está no arquivo de jornadas e não há jornada padrão'
          }
        ]
      )
      const letters = yield* world.inboundDeadLetters
      assert.deepStrictEqual(
        letters.map(({ headers }) => new TextDecoder().decode(headers.get("dlq-codigo"))),
        ["JORNADA_DESCONHECIDA"]
      )
    }).pipe(Effect.scoped)
  )
})
