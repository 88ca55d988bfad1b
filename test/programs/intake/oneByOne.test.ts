import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Logger } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import type { Around } from "../../support/interposed.ts"
import { headersOf, preparedWorld } from "../../support/scene.ts"
import { fixture, type World, type WorldOptions } from "../../support/World.ts"
import { event, fixtureId, reply, responsesTo } from "../inbound/scene.ts"

const ids = ["um", "dois", "três"] as const
const of = (id: string, more: Json = {}): Json => ({ message_id: `m-${id}`, context: { id_contexto: id }, ...more })
const no = (id: string) => reply("NÃO", of(id))

/** The fixture's communication and three others are sent. */
const sentWorld = Effect.fnUntraced(function* (options: WorldOptions = {}, around?: Around) {
  const world = yield* preparedWorld(options)
  const process = around === undefined ? yield* world.start : yield* world.startWith(around)
  yield* world.produce(fixture("comunicacaoTransacional.json"))
  for (const id of ids) yield* world.produce(record({ id_correlacao: id }))
  yield* world.responded(4)
  return { ...world, process }
})

const hang = (world: World, id = fixtureId) =>
  world.serviceNow.faults.add({ kind: "timeout", times: -1, match: { id } })

const noOf = (world: World) =>
  Effect.map(responsesTo(world, "retorno_nao"), (all) => all.map(({ id_correlacao }) => id_correlacao).toSorted())

const within = <A, E>(seconds: number, effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    yield* effect
    assert.isAtMost((yield* Clock.currentTimeMillis) - before, seconds * 1000)
  })

const answer = (world: World, ...events: ReadonlyArray<Json>) => world.answer(JSON.stringify(events), { partition: 0 })

describe("SPEC 9.5: the events of one record are ended one by one", () => {
  it.effect("one whose Case hangs holds up no other's NÃO, and the record ends", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* hang(world)
      yield* answer(world, event("entregue"), ...ids.map(no))
      yield* within(2, world.until(Effect.map(noOf(world), (all) => all.length === 3)))
      assert.deepStrictEqual(yield* noOf(world), ids.toSorted())
      yield* within(12, world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 1)))
      assert.strictEqual(world.store.parked.size, 1)
      yield* world.serviceNow.faults.clear
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      assert.lengthOf(yield* responsesTo(world, "entregue"), 1)
    })
  )

  it.effect("many whose Cases hang hold up no other's NÃO", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: { serviceNow: { concurrency: 100 } } })
      const many = Array.from({ length: 40 }, (_, n) => `muda ${n}`)
      for (const id of many) yield* world.produce(record({ id_correlacao: id }))
      yield* world.responded(44)
      for (const id of many) yield* hang(world, id)
      yield* answer(world, ...many.map((id) => event("entregue", of(id))), ...ids.map(no))
      yield* within(30, world.until(Effect.map(noOf(world), (all) => all.length === 3)))
    })
  )

  it.effect("those of one communication in their order, even under other names", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const said = (n: number, more: Json) => reply(`Oi ${n}`, { message_id: `w-${n}`, ...more })
      yield* answer(
        world,
        said(0, { context: { id_contexto: fixtureId } }),
        said(1, { context: { id_case: "CS0001005" } }),
        said(2, { context: { id: "w-0" } }),
        said(3, { context: { id_contexto: fixtureId } }),
        no("um")
      )
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 1))
      const texts = (yield* responsesTo(world, "retorno_outro")).map(
        ({ resultados }) => (resultados as { whatsapp: { response: { texto: string } } }).whatsapp.response.texto
      )
      assert.deepStrictEqual(texts, ["Oi 0", "Oi 1", "Oi 2", "Oi 3"])
    })
  )

  it.effect("SPEC 9.7: one with a defect is given up alone: one dead letter, and its own response", () =>
    Effect.gen(function* () {
      let tries = 0
      const around: Around = (call, effect) =>
        Effect.flatMap(effect, (result) => {
          const isDefect = call === "Journal.load" && JSON.stringify(result ?? null).includes('"id_correlacao":"dois"')
          if (!isDefect || !begun) return Effect.succeed(result)
          tries++
          return Effect.die(new Error("our own fault"))
        })
      let begun = false
      const world = yield* sentWorld({}, around)
      yield* TestClock.adjust("10 seconds")
      begun = true
      const sent = yield* answer(world, no("um"), no("dois"), no("três"))
      yield* within(2, world.until(Effect.map(noOf(world), (all) => all.length === 2)))
      yield* within(12, world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 1)))
      // The record's key is free again.
      yield* world.answer(reply("SIM", of("um", { message_id: "m-3" })), { partition: 0 })
      yield* within(2, world.until(Effect.map(responsesTo(world, "retorno_sim"), (all) => all.length === 1)))
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      // It has its 20 tries as a parked one, after those of the first ten seconds.
      assert.isAtLeast(tries, 20)
      assert.isAtMost(tries, 27)
      assert.deepStrictEqual(yield* noOf(world), ["três", "um"])
      const refused = (yield* world.responses).filter(({ erro }) => erro !== undefined)
      assert.deepStrictEqual(
        refused.map(({ erro, id_correlacao, id_resposta }) => [id_resposta, id_correlacao, (erro as Json).codigo]),
        [["omnichannelRespostaCampanha/0/0#1", "dois", "ERRO_INTERNO"]]
      )
      const [letter, ...others] = yield* world.inboundDeadLetters
      assert.deepStrictEqual(others, [])
      assert.deepStrictEqual(letter?.value, sent.value)
      assert.strictEqual(headersOf(letter)["dlq-codigo"], "ERRO_INTERNO")
      const ended = [...world.store.records.values()].find(({ origin }) => origin.topic === sent.topic)
      assert.strictEqual(ended?.ending, "dead_letter")
    })
  )
})

describe("SPEC 8.3: a record has one dead letter, when its last event has ended", () => {
  it.effect("SPEC 9.8: the dead letter waits for a version that can read all refused events of its record", () =>
    Effect.gen(function* () {
      const errors: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Error") errors.push(String(message))
      })
      const world = yield* Effect.provide(sentWorld({ settings: { orphanAfter: 60_000 } }), Logger.layer([logger]))
      const strange = { message_id: "m-8", context: { id_contexto: "pedido_entregue_amanha|c|1" } }
      yield* hang(world)
      yield* answer(world, event("entregue"), event("lida", strange))
      yield* TestClock.adjust("90 seconds")
      const [key, refused] = [...world.store.parked].find(([, text]) => text.includes(`"refused"`)) ?? assert.fail()
      world.store.parked.set(key, JSON.stringify({ ...JSON.parse(refused), event: {} }))
      yield* world.serviceNow.faults.clear
      yield* world.until(Effect.map(responsesTo(world, "entregue"), ({ length }) => length === 1))
      yield* TestClock.adjust("10 minutes")
      assert.lengthOf(yield* world.inboundDeadLetters, 0)
      assert.deepStrictEqual([...world.store.parked.keys()], [key])
      assert.deepStrictEqual(errors, ["parked event cannot be read, waiting for a newer version"])
      world.store.parked.set(key, refused)
      const other = yield* world.start
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      yield* other.stop
      assert.lengthOf(yield* world.inboundDeadLetters, 1)
    })
  )

  it.effect("a refused event waits with the parked ones of its record until they have ended", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: { orphanAfter: 60_000 } })
      const strange = { message_id: "m-8", context: { id_contexto: "pedido_entregue_amanha|c|1" } }
      yield* hang(world)
      yield* answer(world, event("entregue"), event("lida", strange), event("entregue", strange), no("um"))
      yield* TestClock.adjust("90 seconds")
      // The two strangers are given up. The hanging one is not.
      assert.lengthOf(yield* world.inboundDeadLetters, 0)
      assert.strictEqual(world.store.parked.size, 3)
      yield* world.serviceNow.faults.clear
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      assert.lengthOf(yield* world.inboundDeadLetters, 1)
      assert.deepStrictEqual(
        (yield* responsesTo(world, "correlacao_desconhecida")).map(({ id_resposta }) => id_resposta),
        ["omnichannelRespostaCampanha/0/0#1", "omnichannelRespostaCampanha/0/0#2"]
      )
      assert.lengthOf(yield* responsesTo(world, "entregue"), 1)
    })
  )

  for (const death of ["before", "after"] as const) {
    it.effect(`SPEC 9.3: the strangers are given up even if the process crashes ${death}`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ settings: { orphanAfter: 60_000 } })
        const strange = { message_id: "m-8", context: { id_contexto: "pedido_entregue_amanha|c|1" } }
        yield* hang(world)
        yield* answer(world, event("entregue"), event("lida", strange))
        yield* TestClock.adjust(death === "before" ? "30 seconds" : "90 seconds")
        yield* world.process.kill
        yield* world.start
        yield* TestClock.adjust("90 seconds")
        assert.lengthOf(yield* world.inboundDeadLetters, 0)
        yield* world.serviceNow.faults.clear
        yield* world.until(Effect.sync(() => world.store.parked.size === 0))
        assert.lengthOf(yield* world.inboundDeadLetters, 1)
        assert.lengthOf(yield* responsesTo(world, "entregue"), 1)
      })
    )
  }
})

describe("SPEC 8.3: a record with many events that are parked keeps its bytes once", () => {
  const manyOf = (context: (n: number) => Json) =>
    Array.from({ length: 400 }, (_, n) => event("entregue", { message_id: `m-${n}`, context: context(n) }))
  const sizeOf = (world: World) => [...world.store.parked.values()].reduce((sum, text) => sum + text.length, 0)

  it.effect("and its dead letter has them, with a response for each event", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: { orphanAfter: 30_000 } })
      const many = manyOf((n) => ({ id_contexto: `pedido_entregue_amanha|${n}|1` }))
      const sent = yield* answer(world, ...many)
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 1))
      assert.isAtMost(sizeOf(world), 5 * (sent.value?.length ?? 0))
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      const [letter, ...others] = yield* world.inboundDeadLetters
      assert.deepStrictEqual(others, [])
      assert.deepStrictEqual([letter?.value, letter?.key], [sent.value, sent.key])
      assert.lengthOf(yield* responsesTo(world, "correlacao_desconhecida"), 400)
    })
  )

  it.effect("so does one with a long key and long headers", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: { orphanAfter: 30_000 } })
      const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      const many = manyOf((n) => ({ id_contexto: `pedido_entregue_amanha|${n}|1` })).slice(0, 40)
      const [key, long] = ["k".repeat(100_000), "h".repeat(100_000)]
      const sent = yield* world.answer(JSON.stringify(many), { partition: 0, key, headers: { traceparent, long } })
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 1))
      assert.isAtMost(sizeOf(world), 5 * (key.length + long.length + (sent.value?.length ?? 0)))
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      const [letter, ...others] = yield* world.inboundDeadLetters
      assert.deepStrictEqual(others, [])
      assert.deepStrictEqual([letter?.value, letter?.key], [sent.value, sent.key])
      assert.strictEqual(new TextDecoder().decode(letter?.headers.get("long")), long)
      assert.lengthOf(yield* responsesTo(world, "correlacao_desconhecida"), 40)
    })
  )

  it.effect("and none of them is left when the last event is applied", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: { orphanAfter: 60_000 } })
      const strangers = manyOf(() => ({ id_contexto: "7" }))
      yield* answer(world, ...strangers, event("entregue", of("depois")))
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 1))
      yield* world.produce(record({ id_correlacao: "depois" }))
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      assert.lengthOf(yield* responsesTo(world, "entregue"), 1)
      assert.lengthOf(yield* world.inboundDeadLetters, 0)
    })
  )
})
