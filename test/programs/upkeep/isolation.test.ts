import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"

import { record } from "../../domain/outbound/records.ts"
import { asked } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"
import { event, fixtureId, openedElsewhere, reply, sentWorld, told } from "../inbound/scene.ts"

const other = "outra"
const ofOther = { message_id: "wamid.2", context: { id_contexto: other } }

/** The responses of one communication, in order. */
const eventosOf = (world: World, id: string) =>
  Effect.map(world.responses, (all) =>
    all.filter(({ id_correlacao }) => id_correlacao === id).map(({ evento }) => evento)
  )

const saidOf = (world: World, id: string, evento: string) =>
  world.until(Effect.map(eventosOf(world, id), (eventos) => eventos.includes(evento)))

/** From now on ServiceNow answers nothing about the fixture's Case. */
const hang = (world: World) => world.serviceNow.faults.add({ kind: "timeout", times: -1, match: { id: fixtureId } })

/** How often ServiceNow has been read. */
const requestsOf = (world: World) =>
  Effect.map(world.serviceNow.requests, (all) => all.filter(({ method }) => method === "GET").length)

/** Both communications are sent. */
const twoSent = Effect.fnUntraced(function* (options: Parameters<typeof sentWorld>[0] = {}) {
  const world = yield* sentWorld(options)
  yield* world.produce(record({ id_correlacao: other }))
  yield* world.responded(2)
  return world
})

const within = <A, E>(seconds: number, effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    yield* effect
    assert.isAtMost((yield* Clock.currentTimeMillis) - before, seconds * 1000)
  })

describe("SPEC 9.5: one communication whose Case does not answer holds up no other", () => {
  it.effect("with events of one partition", () =>
    Effect.gen(function* () {
      const world = yield* twoSent()
      yield* hang(world)
      yield* world.answer(event("entregue"), { partition: 0 })
      yield* world.answer(event("lida"), { partition: 0 })
      yield* world.answer(event("entregue", ofOther), { partition: 0 })
      yield* within(2, saidOf(world, other, "entregue"))
      assert.deepStrictEqual(yield* eventosOf(world, fixtureId), ["comunicacao"])
      // Its own events wait for it, and none is lost.
      yield* world.serviceNow.faults.clear
      yield* saidOf(world, fixtureId, "lida")
      assert.deepStrictEqual(yield* eventosOf(world, fixtureId), ["comunicacao", "entregue", "lida"])
    })
  )

  it.effect("with parked events", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.answer(event("entregue", { message_id: "m-9", context: undefined }))
      yield* world.answer(event("entregue", ofOther))
      yield* world.until(Effect.sync(() => world.store.parked.size === 2))
      yield* hang(world)
      // Shows whose the first event is, and writes nothing itself.
      yield* told(world, event("enviada", { message_id: "m-9" }))
      yield* world.until(
        Effect.map(world.serviceNow.requests, (all) =>
          all.some(({ outcome }) => outcome === "hang" || outcome === undefined)
        )
      )
      yield* world.produce(record({ id_correlacao: other }))
      yield* within(10, saidOf(world, other, "entregue"))
    })
  )

  it.effect("with what is due", () =>
    Effect.gen(function* () {
      const world = yield* twoSent({ at: Date.parse("2025-10-01T10:58:30Z") })
      yield* world.serviceNow.faults.add({ kind: "refuse", times: 5, match: { method: "PATCH" } })
      yield* told(world, event("entregue"))
      yield* told(world, reply("SIM", ofOther))
      yield* hang(world)
      yield* world.until(Effect.map(Clock.currentTimeMillis, (now) => now >= Date.parse("2025-10-01T11:00:00Z")))
      yield* within(3, saidOf(world, other, "fechamento"))
      assert.deepStrictEqual(yield* eventosOf(world, fixtureId), ["comunicacao", "entregue"])
    })
  )

  it.effect("with events whose Case is looked for in ServiceNow", () =>
    Effect.gen(function* () {
      const world = yield* twoSent()
      yield* world.serviceNow.faults.add({ kind: "timeout", times: -1, match: { contains: "CS0009999" } })
      yield* world.answer(event("entregue", { context: { id_case: "CS0009999" } }), { partition: 0 })
      yield* world.answer(event("entregue", ofOther), { partition: 0 })
      yield* within(2, saidOf(world, other, "entregue"))
    })
  )
})

describe("SPEC 8.2, 9.5: Cases that only ServiceNow may know", () => {
  it.effect(
    "hold up no record, however many ServiceNow does not answer for, and take half of its requests at most",
    () =>
      Effect.gen(function* () {
        const world = yield* twoSent({ settings: { maxInFlight: 4, serviceNow: { concurrency: 4 } } })
        // Only searches by number hang: what is read by its sys_id is a Case of ours.
        const match = { method: "GET", contains: "number=" }
        yield* world.serviceNow.faults.add({ kind: "timeout", times: -1, match })
        const asked = (yield* world.serviceNow.requests).length
        for (let n = 0; n < 20; n++) {
          yield* world.answer(event("entregue", { context: { id_case: `CS00099${n}` } }), { partition: 0 })
        }
        yield* world.answer(event("entregue", ofOther), { partition: 0 })
        yield* within(2, saidOf(world, other, "entregue"))
        const reads = (yield* world.serviceNow.requests)
          .slice(asked)
          .filter(({ path }) => path.endsWith("sn_customerservice_case"))
        assert.lengthOf(
          reads.filter(({ method }) => method === "GET"),
          2
        )
        yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 21))
      })
  )

  it.effect("are read at once, and each once for all events that wait for it", () =>
    Effect.gen(function* () {
      const world = yield* twoSent()
      const opened = yield* openedElsewhere(world, { u_id_correlacao: "pedido_entregue_amanha|antigo|1" })
      yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 500, match: { method: "GET" } })
      const context = { id_case: opened.number }
      const before = yield* requestsOf(world)
      yield* world.answer(JSON.stringify([event("entregue", { context }), event("lida", { context })]), {
        partition: 0
      })
      yield* world.answer(event("enviada", { context }), { partition: 0 })
      yield* within(2, saidOf(world, "pedido_entregue_amanha|antigo|1", "enviada"))
      assert.strictEqual((yield* requestsOf(world)) - before, 1)
      assert.strictEqual(world.store.parked.size, 0)
    })
  )
})

it.effect(
  "SPEC 8.2: a Case that nobody knows is read twice, for however many events: at once, and before they end",
  () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: { orphanAfter: 30_000 } })
      // The first Case of a database is read back beside the order.
      yield* asked(world, world.serviceNow, 4)
      const before = yield* requestsOf(world)
      for (let n = 0; n < 20; n++) {
        yield* world.answer(event("entregue", { message_id: `m-${n}`, context: { id_case: "CS0009999" } }))
      }
      yield* world.until(Effect.map(world.inboundCommitted, (offsets) => offsets.join() === "10,10"))
      assert.strictEqual((yield* requestsOf(world)) - before, 1)
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      assert.strictEqual((yield* requestsOf(world)) - before, 2)
    })
)

describe("SPEC 9.5, 8.12: a bad record beside good ones", () => {
  it.effect("of one partition: each good one is applied, each bad one ends", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const values = ["{", event("entregue"), null, event("digitando"), "[]", event("lida"), "7", reply("SIM")]
      for (const value of values) yield* world.answer(value, { partition: 0 })
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === values.length))
      assert.deepStrictEqual(
        (yield* eventosOf(world, fixtureId)).filter((evento) => evento !== "mensagem_invalida"),
        ["comunicacao", "entregue", "lida", "retorno_sim"]
      )
      assert.lengthOf(yield* world.inboundDeadLetters, 4)
    })
  )
})
