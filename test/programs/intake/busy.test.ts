import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import { makeLockServer, ownershipMemory } from "../../../src/layers/ownership/OwnershipMemory.ts"
import { record } from "../../domain/outbound/records.ts"
import type { Around } from "../../support/interposed.ts"
import { endings } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"
import { event, fixtureId, reply, responsesTo, sentWorld } from "../inbound/scene.ts"

const other = "outra"
const ofOther = { message_id: "wamid.2", context: { id_contexto: other } }

/**
 * Both communications are sent. Then ServiceNow answers nothing about the fixture's Case, and one event waits for it.
 */
const hungWorld = Effect.fnUntraced(function* (options: Parameters<typeof sentWorld>[0] = {}, around?: Around) {
  const world = yield* sentWorld(options)
  if (around !== undefined) {
    yield* world.process.stop
    yield* world.startWith(around)
  }
  yield* world.produce(record({ id_correlacao: other }))
  yield* world.responded(2)
  // From now on the message's id is one of the communication's names.
  yield* world.answer(event("enviada"), { partition: 0 })
  yield* world.responded(3)
  yield* world.serviceNow.faults.add({ kind: "timeout", times: -1, match: { id: fixtureId } })
  yield* world.answer(event("entregue"), { partition: 0 })
  yield* TestClock.adjust(100)
  /** An answer with a message id of its own, so that no other record has its key. */
  const said = (n: number) => reply(`Oi ${n}`, { message_id: `m-${n}`, context: { id: "wamid.1" } })
  const say = (from: number, to: number) =>
    Effect.forEach(
      Array.from({ length: to - from }, (_, n) => from + n),
      (n) => world.answer(said(n), { partition: 0 })
    )
  return { ...world, say }
})

const within = <A, E>(seconds: number, effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    yield* effect
    assert.isAtMost((yield* Clock.currentTimeMillis) - before, seconds * 1000)
  })

const texts = (world: World) =>
  Effect.map(responsesTo(world, "retorno_outro"), (all) =>
    all.map((one) => (one.resultados as { whatsapp: { response: { texto: string } } }).whatsapp.response.texto)
  )

const oi = (count: number) => Array.from({ length: count }, (_, n) => `Oi ${n}`)

describe("SPEC 9.5: a customer whose Case hangs, and who writes and writes", () => {
  it.effect("takes no place from others: an event that waits for its turn holds none", () =>
    Effect.gen(function* () {
      const world = yield* hungWorld({ settings: { maxInFlight: 4 } })
      yield* world.say(0, 40)
      yield* world.answer(reply("NÃO", ofOther), { partition: 0 })
      yield* within(2, world.until(Effect.map(responsesTo(world, "retorno_nao"), (all) => all.length === 1)))
    })
  )

  it.effect(
    "has 8 events that wait for their turn, for 10 s at most; the others are parked at once, and in the end all",
    () =>
      Effect.gen(function* () {
        const world = yield* hungWorld()
        yield* world.say(0, 20)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(world.store.parked.size, 12)
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(world.store.parked.size, 20)
        assert.strictEqual(Object.values(endings(world)).filter((ending) => ending === "parked").length, 20)
      })
  )

  it.effect("is answered in the order in which he wrote, as soon as his Case answers", () =>
    Effect.gen(function* () {
      const world = yield* hungWorld()
      yield* world.say(0, 20)
      yield* TestClock.adjust("15 seconds")
      yield* world.say(20, 25)
      yield* TestClock.adjust("1 second")
      yield* world.serviceNow.faults.clear
      yield* world.until(Effect.map(responsesTo(world, "entregue"), (all) => all.length === 1))
      yield* world.say(25, 30)
      yield* within(5, world.until(Effect.sync(() => world.store.parked.size === 0)))
      yield* world.until(Effect.map(texts(world), (all) => all.length === 30))
      assert.deepStrictEqual(yield* texts(world), oi(30))
    })
  )

  it.effect(
    "loses nothing when the process crashes: the sweep of the next one applies the parked events, in order",
    () =>
      Effect.gen(function* () {
        const world = yield* hungWorld()
        yield* world.say(0, 20)
        yield* TestClock.adjust("15 seconds")
        yield* world.process.kill
        yield* world.serviceNow.faults.clear
        yield* world.start
        yield* world.until(Effect.map(texts(world), (all) => all.length === 20))
        assert.deepStrictEqual(yield* texts(world), oi(20))
        yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      })
  )

  it.effect(
    "SPEC 8.3: an event that waits for a known communication never becomes an orphan, however long that takes",
    () =>
      Effect.gen(function* () {
        const world = yield* hungWorld({ settings: { orphanAfter: 30_000 } })
        yield* world.say(0, 3)
        yield* world.answer(event("lida"), { partition: 0 })
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual(world.store.parked.size, 3)
        yield* world.serviceNow.faults.clear
        yield* world.until(Effect.map(texts(world), (all) => all.length === 3))
        assert.deepStrictEqual(yield* responsesTo(world, "correlacao_desconhecida"), [])
        assert.lengthOf(yield* world.inboundDeadLetters, 0)
      })
  )
})

it.effect("SPEC 8.3: an answer known by its phone alone that was parked is applied although the first answered", () =>
  Effect.gen(function* () {
    const world = yield* sentWorld({ settings: { orphanAfter: 30_000 } })
    yield* world.serviceNow.faults.add({ kind: "timeout", times: -1, match: { id: fixtureId } })
    yield* world.answer(event("entregue"), { partition: 0 })
    yield* TestClock.adjust(100)
    yield* world.answer(reply("SIM", { context: undefined, message_id: "m-1" }), { partition: 0 })
    yield* world.answer(reply("NÃO", { context: undefined, message_id: "m-2" }), { partition: 0 })
    yield* TestClock.adjust("1 minute")
    yield* world.serviceNow.faults.clear
    yield* world.until(Effect.map(responsesTo(world, "retorno_nao"), (all) => all.length === 1))
    assert.lengthOf(yield* responsesTo(world, "retorno_sim"), 1)
  })
)

it.effect("SPEC 9.7, 9.5: a defect that passes while events wait behind a busy communication loses none of them", () =>
  Effect.gen(function* () {
    let [on, met] = [false, 0]
    const around: Around = (call, effect) =>
      Effect.suspend(() => {
        if (!on || call !== "Journal.append") return effect
        met++
        return Effect.die(new Error("our own fault"))
      })
    const world = yield* hungWorld({}, around)
    yield* world.say(0, 12)
    yield* TestClock.adjust("15 seconds")
    assert.strictEqual(world.store.parked.size, 12)
    on = true
    yield* world.serviceNow.faults.clear
    yield* world.until(Effect.sync(() => met === 10))
    on = false
    yield* world.until(Effect.map(texts(world), (all) => all.length === 12))
    assert.deepStrictEqual(yield* texts(world), oi(12))
    yield* world.until(Effect.sync(() => world.store.parked.size === 0))
    assert.lengthOf(yield* world.inboundDeadLetters, 0)
  })
)

it.effect("SPEC 9.5: nor does he take a place of another process, which waits for his lock", () =>
  Effect.gen(function* () {
    const world = yield* sentWorld({ settings: { maxInFlight: 4 } })
    for (const id of [other, "mais uma"]) yield* world.produce(record({ id_correlacao: id }))
    yield* world.responded(3)
    yield* world.process.stop
    const server = makeLockServer()
    for (let n = 0; n < 2; n++) yield* world.startOwning(ownershipMemory(server, -Infinity))
    yield* TestClock.adjust("5 seconds")
    yield* world.serviceNow.faults.add({ kind: "timeout", times: -1, match: { id: fixtureId } })
    yield* world.answer(event("entregue"), { partition: 0 })
    yield* TestClock.adjust(200)
    for (let n = 0; n < 40; n++) {
      const said = reply(`Oi ${n}`, { message_id: `m-${n}`, context: { id: "wamid.1" } })
      yield* world.answer(said, { partition: n % 2 })
    }
    for (const [partition, id] of [other, "mais uma"].entries()) {
      yield* world.answer(reply("NÃO", { message_id: `n-${id}`, context: { id_contexto: id } }), { partition })
    }
    yield* within(3, world.until(Effect.map(responsesTo(world, "retorno_nao"), (all) => all.length === 2)))
    yield* TestClock.adjust("30 seconds")
    assert.strictEqual(world.store.parked.size, 40)
    yield* world.serviceNow.faults.clear
    yield* world.until(Effect.map(texts(world), (all) => all.length === 40))
    assert.deepStrictEqual((yield* texts(world)).toSorted(), oi(40).toSorted())
  })
)
