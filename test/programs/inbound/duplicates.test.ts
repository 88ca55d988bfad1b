import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { headersOf, requestCount } from "../../support/scene.ts"
import { event, reply, sentWorld, told } from "./scene.ts"

const noId = { message_id: undefined }

const duplicates: Readonly<Record<string, readonly [first: Json, second: Json]>> = {
  "delivered, with the same message id at another time": [
    event("entregue"),
    event("entregue", { timestamp: "2025-09-30T15:50:00Z" })
  ],
  "read in another shape": [
    event("lida"),
    { status: "read", message_id: "wamid.1", ts: 1759246380, id_contexto: (event("lida").context as Json).id_contexto }
  ],
  "the same answer": [reply("SIM"), reply("SIM")],
  failed: [event("falha", { code: "1" }), event("falha", { code: "2" })],
  sent: [event("enviada"), event("enviada")],
  "without message id, of one kind, time and text": [reply("Oi", noId), reply("Oi", noId)]
}

const origemOf = (offset: number) => ({ topico: "omnichannelRespostaCampanha", particao: 0, offset })

describe("duplicates of events", () => {
  for (const [name, [first, second]] of Object.entries(duplicates)) {
    it.effect(`SPEC 8.4: ${name}: the recorded response again, with duplicado; nothing is called`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const [response] = yield* told(world, first)
        const before = yield* requestCount(world)
        const [again] = yield* told(world, second)
        assert.notProperty(response, "duplicado")
        assert.deepStrictEqual(again, { ...response, origem: origemOf(1), duplicado: true })
        assert.strictEqual(yield* requestCount(world), before)
        const published = yield* world.broker.records(world.settings.topics.response)
        assert.deepStrictEqual(
          published.map((record) => headersOf(record).duplicado),
          [undefined, undefined, "true"]
        )
      })
    )
  }

  const different: Readonly<Record<string, readonly [first: Json, second: Json]>> = {
    "another kind of one message": [event("entregue"), event("lida")],
    "another text of one message": [reply("Oi", { message_id: "m" }), reply("Quando?", { message_id: "m" })],
    "one text in another message": [reply("Oi"), reply("Oi", { message_id: "m-2" })],
    "without message id, another time": [
      reply("Oi", noId),
      reply("Oi", { ...noId, timestamp: "2025-09-30T15:40:11Z" })
    ],
    "without message id, another text": [reply("Oi", noId), reply("Oi?!", noId)]
  }
  for (const [name, [first, second]] of Object.entries(different)) {
    it.effect(`SPEC 8.4: ${name} is not a duplicate`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const responses = yield* told(world, first, second)
        assert.deepStrictEqual(
          responses.map(({ duplicado }) => duplicado),
          [undefined, undefined]
        )
        assert.lengthOf(new Set(responses.map(({ id_resposta }) => id_resposta)), 2)
      })
    )
  }

  it.effect("SPEC 1.4, 8.4: a record that is delivered again after its end publishes nothing and calls nothing", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, event("entregue"), event("entregue"), reply("SIM"))
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 3))
      yield* world.process.stop
      const before = yield* Effect.all([world.responses, requestCount(world)])
      world.broker.broker.group(world.settings.kafka.groupId).commit(world.settings.topics.inbound, 0, 0)
      yield* world.start
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 3))
      assert.deepStrictEqual(yield* Effect.all([world.responses, requestCount(world)]), before)
    })
  )

  it.effect(
    "SPEC 8.1, 8.4, 8.11: several events of one record are several events, in order, each with its response",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* world.answer(JSON.stringify([event("enviada"), event("entregue"), reply("SIM")]), {
          partition: 0
        })
        const responses = (yield* world.responded(4)).slice(1)
        assert.deepStrictEqual(
          responses.map(({ duplicado, evento, origem }) => [evento, duplicado, origem]),
          [
            ["enviada", undefined, origemOf(0)],
            ["entregue", undefined, origemOf(0)],
            ["retorno_sim", undefined, origemOf(0)]
          ]
        )
      })
  )
})
