import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { TestClock } from "effect/testing"

import { RecordHeaders } from "../../../src/domain/record/RecordHeaders.ts"
import { parkIn } from "../../../src/layers/journal/memory/parking.ts"
import type { JournalStore } from "../../../src/layers/journal/memory/store.ts"
import { toParked } from "../../../src/programs/intake/parkedEvent.ts"
import { formatLine } from "../../../src/telemetry/logs.ts"
import { record } from "../../domain/outbound/records.ts"
import { endings, fixtureId, preparedWorld, requestCount } from "../../support/scene.ts"
import { fixture, type World } from "../../support/World.ts"
import { event, reply } from "../inbound/scene.ts"

const order = fixture("comunicacaoTransacional.json")
const ofFixture = { context: { id_contexto: fixtureId } }

/** A newer process adds a fact that this version does not know. Returns what makes it known. */
const addNewerFact = (store: JournalStore, id = fixtureId) => {
  const before = store.communications.get(id)!
  const texts = [...before.texts, JSON.stringify([{ _tag: "OfANewerVersion", at: 1 }])]
  store.communications.set(id, { ...before, texts, seq: before.seq + 1 })
  return Effect.sync(() => void store.communications.set(id, before))
}

/** A world whose first order has ended, and the lines that its process logs from `Warn` up. */
const endedWorld = Effect.fnUntraced(function* (options: Parameters<typeof preparedWorld>[0] = {}) {
  const world = yield* preparedWorld(options)
  const lines: Array<Record<string, unknown>> = []
  const logger = Logger.map(formatLine, (line) => void lines.push(JSON.parse(line)))
  const process = yield* Effect.provide(world.start, Logger.layer([logger]))
  yield* world.produce(order, { partition: 0 })
  yield* world.responded(1)
  // The actor forgets its state.
  yield* TestClock.adjust("5 seconds")
  const said = () =>
    lines
      .filter(({ level }) => level !== "INFO")
      .map(({ id_correlacao, level, message }) => ({ id_correlacao, level, message }))
  return { world, process, said }
})

const line = {
  id_correlacao: fixtureId,
  level: "WARN",
  message: "fact OfANewerVersion was written by a newer version, the communication waits for a process of that version"
}

/** More than the 20 tries of a defect take. */
const longer = Effect.forEach(Array.from({ length: 30 }), () => TestClock.adjust("1 minute"), { discard: true })

const nothingRefused = Effect.fnUntraced(function* (world: World) {
  assert.deepStrictEqual([yield* world.deadLetters, yield* world.inboundDeadLetters], [[], []])
})

describe("facts of a newer version", () => {
  it.effect("SPEC 9.8: an order waits without tries, and ends when its communication can be read", () =>
    Effect.gen(function* () {
      const { said, world } = yield* endedWorld()
      const known = addNewerFact(world.store)
      yield* world.produce(order, { partition: 0 })
      yield* longer
      assert.deepStrictEqual(endings(world), { "0/0": "response" })
      assert.strictEqual((yield* world.committed)[0], 1)
      assert.deepStrictEqual(said(), [line])
      yield* nothingRefused(world)

      yield* known
      yield* world.responded(2)
      assert.deepStrictEqual(endings(world), { "0/0": "response", "0/1": "repeat" })
    })
  )

  it.effect("SPEC 9.8: an order that waits is given to a newer process as it was", () =>
    Effect.gen(function* () {
      const { process, world } = yield* endedWorld()
      const known = addNewerFact(world.store)
      yield* world.produce(order, { partition: 0 })
      yield* TestClock.adjust("5 seconds")
      yield* process.stop
      yield* known
      yield* world.start
      yield* world.responded(2)
      assert.deepStrictEqual(endings(world), { "0/0": "response", "0/1": "repeat" })
    })
  )

  it.effect("SPEC 9.8: an event waits without tries, and is applied when its communication can be read", () =>
    Effect.gen(function* () {
      const { said, world } = yield* endedWorld()
      const known = addNewerFact(world.store)
      yield* world.answer(reply("NÃO", ofFixture), { partition: 0 })
      yield* longer
      assert.lengthOf(yield* world.responses, 1)
      assert.deepStrictEqual(said(), [line])
      yield* nothingRefused(world)

      yield* known
      const [, answered] = yield* world.responded(2)
      assert.strictEqual(answered?.evento, "retorno_nao")
    })
  )

  it.effect("SPEC 9.5, 9.8: more such records than may be in progress hold up no others", () =>
    Effect.gen(function* () {
      const { world } = yield* endedWorld({ settings: { maxInFlight: 4 } })
      const ids = Array.from({ length: 6 }, (_, n) => `nova ${n}`)
      for (const id of [...ids, "outra"]) yield* world.produce(record({ id_correlacao: id }), { partition: 0 })
      yield* world.responded(8)
      yield* TestClock.adjust("5 seconds")
      for (const id of ids) addNewerFact(world.store, id)
      for (const id of ids) {
        yield* world.produce(record({ id_correlacao: id }), { partition: 0 })
        yield* world.answer(event("entregue", { context: { id_contexto: id } }), { partition: 0 })
      }
      yield* TestClock.adjust("2 seconds")
      yield* world.produce(record({ id_correlacao: "outra" }), { partition: 0 })
      yield* world.answer(event("entregue", { context: { id_contexto: "outra" } }), { partition: 0 })
      const responses = yield* world.responded(10)
      assert.deepStrictEqual(
        responses.flatMap(({ evento, id_correlacao }) => (id_correlacao === "outra" ? [evento] : [])),
        ["comunicacao", "comunicacao", "entregue"]
      )
      assert.strictEqual((yield* world.committed)[0], 8)
    })
  )

  it.effect("SPEC 9.5, 9.8: the other events of its record are applied, once", () =>
    Effect.gen(function* () {
      const { world } = yield* endedWorld()
      yield* world.produce(record({ id_correlacao: "outra" }), { partition: 0 })
      yield* world.responded(2)
      yield* TestClock.adjust("5 seconds")
      const known = addNewerFact(world.store)
      const other = event("entregue", { context: { id_contexto: "outra" }, message_id: "wamid.2" })
      yield* world.answer(JSON.stringify([event("entregue", ofFixture), other]), { partition: 0 })
      const [, , applied] = yield* world.responded(3)
      assert.deepStrictEqual([applied?.evento, applied?.id_correlacao], ["entregue", "outra"])
      yield* longer
      assert.lengthOf(yield* world.responses, 3)
      assert.strictEqual((yield* world.inboundCommitted)[0], 0)

      yield* known
      yield* world.responded(4)
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 1))
      assert.lengthOf(yield* world.responses, 4)
      yield* nothingRefused(world)
    })
  )

  it.effect("SPEC 9.8: due work waits, and is done when its communication can be read", () =>
    Effect.gen(function* () {
      const { said, world } = yield* endedWorld({ at: Date.parse("2025-10-01T10:50:00Z") })
      yield* world.answer(reply("SIM", ofFixture), { partition: 0 })
      yield* world.responded(2)
      yield* TestClock.adjust("5 seconds")
      const known = addNewerFact(world.store)
      yield* longer
      assert.lengthOf(yield* world.responses, 2)
      assert.deepStrictEqual(said(), [line])

      yield* known
      const [, , closed] = yield* world.responded(3)
      assert.strictEqual(closed?.evento, "fechamento")
    })
  )

  it.effect("SPEC 8.3, 9.8: a parked event waits beyond ORPHAN_AFTER, and is applied", () =>
    Effect.gen(function* () {
      const { said, world } = yield* endedWorld({ settings: { orphanAfter: 300_000 } })
      const before = world.store.communications.get(fixtureId)!
      world.store.communications.delete(fixtureId)
      yield* world.answer(event("entregue", ofFixture), { partition: 0 })
      yield* world.until(Effect.sync(() => world.store.parked.size === 1))
      world.store.communications.set(fixtureId, before)
      const known = addNewerFact(world.store)
      yield* longer
      assert.strictEqual(world.store.parked.size, 1)
      assert.deepStrictEqual(said(), [line])
      yield* nothingRefused(world)

      yield* known
      const [, applied] = yield* world.responded(2)
      assert.strictEqual(applied?.evento, "entregue")
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
    })
  )

  it.effect(
    "SPEC 8.3, 9.8: a parked event of a kind that only a newer version knows waits, and holds up no other",
    () =>
      Effect.gen(function* () {
        const { said, world } = yield* endedWorld({ settings: { orphanAfter: 300_000 } })
        for (const [index, id] of [fixtureId, "outra"].entries()) {
          const record = {
            topic: "t",
            partition: 0,
            offset: index,
            timestamp: 1,
            key: null,
            value: null,
            headers: RecordHeaders.none
          }
          const parked = toParked({ record, event: { kind: "sent", at: 1, correlationId: id }, index: 0 }, 1)
          // The other one cannot even be read from its row.
          const newer = index === 0 ? { ...parked.event, event: { kind: "typing", at: 1, correlationId: id } } : {}
          parkIn(world.store, [{ ...parked, event: newer }], [])
        }
        yield* longer
        assert.strictEqual(world.store.parked.size, 2)
        assert.deepStrictEqual(
          said().map(({ level, message }) => [level, message]),
          Array.from({ length: 2 }, () => ["ERROR", "parked event cannot be read, waiting for a newer version"])
        )
        yield* nothingRefused(world)
      })
  )

  it.effect("SPEC 9.7: a malformed fact of a known tag stays a defect", () =>
    Effect.gen(function* () {
      const { world } = yield* endedWorld()
      const before = world.store.communications.get(fixtureId)!
      const texts = [...before.texts, JSON.stringify([{ _tag: "ResponseAcknowledged", at: 1 }])]
      world.store.communications.set(fixtureId, { ...before, texts, seq: before.seq + 1 })
      yield* world.produce(order, { partition: 0 })
      yield* world.until(Effect.map(world.deadLetters, (letters) => letters.length === 1))
      assert.deepStrictEqual(endings(world), { "0/0": "response", "0/1": "dead_letter" })
    })
  )
})

it.effect("SPEC 9.8: the vendors are not called for a communication that cannot be read", () =>
  Effect.gen(function* () {
    const { world } = yield* endedWorld()
    addNewerFact(world.store)
    const before = yield* requestCount(world)
    yield* world.produce(order, { partition: 0 })
    yield* world.answer(event("entregue", ofFixture), { partition: 0 })
    yield* longer
    assert.strictEqual(yield* requestCount(world), before)
  })
)
