import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { event, notesOf, reply, sentWorld, told } from "../inbound/scene.ts"

const phone = "+5511999999999"

describe("events that only look like the fixture's", () => {
  it.effect("SPEC 8.2, 8.3: a reply that names another communication waits for that one, whatever its phone", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const other = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|1OUTRO"
      yield* world.answer(reply("SIM", { fullNumber: phone, context: { id_contexto: other } }))
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(world.store.parked.size, 1)
      assert.lengthOf(yield* world.responses, 1)
      assert.deepStrictEqual(yield* notesOf(world), [])
    })
  )

  it.effect("SPEC 8.2: the message that a reply known by its phone alone answers is not learned", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, reply("Oi?", { context: { id: "wamid.FOREIGN" } }))
      const before = yield* notesOf(world)
      yield* world.answer(event("falha", { message_id: "wamid.FOREIGN", context: {} }))
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(yield* notesOf(world), before)
      assert.strictEqual(world.store.parked.size, 1)
    })
  )

  it.effect("SPEC 8.2, 8.3: an event stays parked while ServiceNow does not say whose its Case is", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.serviceNow.faults.add({ kind: "status", status: 503, times: -1, match: { method: "GET" } })
      yield* world.answer(
        reply("não", {
          fullNumber: "+5521988887777",
          context: { id_case: "CS0009999", cod_jornada: "pedido_entregue_amanha" }
        })
      )
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual(world.store.parked.size, 1)
      yield* world.serviceNow.faults.clear
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(world.store.parked.size, 0)
      const [, response] = yield* world.responses
      assert.strictEqual(response?.evento, "correlacao_desconhecida")
    })
  )
})
