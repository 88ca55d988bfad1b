import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"

import { originKey } from "../../../src/domain/record/Origin.ts"
import { readDeadLetter } from "../../../src/domain/responses/deadLetter.ts"
import { journalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { positions } from "../../../src/layers/kafka/memory/MemoryBroker.ts"
import { makeOlderRecords } from "../../../src/programs/intake/OlderRecords.ts"
import { recogniseLog } from "../../../src/programs/intake/recogniseLog.ts"
import { Kafka } from "../../../src/services/Kafka.ts"
import type { RecordEnding } from "../../../src/services/Ledger.ts"
import { record } from "../../domain/outbound/records.ts"
import { preparedWorld, runningWorld } from "../../support/scene.ts"
import { eventTime, type World, type WorldOptions } from "../../support/World.ts"
import { reply, responsesTo, sentWorld } from "../inbound/scene.ts"

const group = "brom-ctx"

/** How each record of the partition ended, by the name of the record. */
const endings = (world: World): Readonly<Record<string, RecordEnding["ending"]>> =>
  Object.fromEntries([...world.store.records].map(([key, { ending }]) => [key.slice(key.indexOf("/") + 1), ending]))

const topicOf = (world: World) => world.settings.topics.in

const order = (world: World, id: string) => world.produce(record({ id_correlacao: id }), { partition: 0 })

/** Orders with these ids, each at a time of its own, when they have ended. */
const orders = Effect.fnUntraced(function* (world: World, ids: ReadonlyArray<string>) {
  const before = world.store.records.size
  for (const id of ids) {
    yield* TestClock.adjust(1000)
    yield* order(world, id)
  }
  yield* world.ended(before + ids.length)
})

/** The topic is deleted, and created again with these orders, before any process reads it. */
const makeAnew = Effect.fnUntraced(function* (world: World, ids: ReadonlyArray<string> = []) {
  yield* TestClock.adjust(1000)
  yield* world.broker.deleteTopic(topicOf(world))
  if (ids.length > 0) for (const id of ids) yield* order(world, id)
  else yield* world.broker.createTopic(topicOf(world), 2)
})

const committed = (world: World, offset: number) =>
  world.until(Effect.map(world.committed, ([first]) => first === offset))

/** The audit of partition 0 of our topic. */
const partitionOf = (world: World) =>
  Effect.map(
    world.audit,
    ({ topics }) => topics.find(({ partition, topic }) => topic === topicOf(world) && partition === 0) ?? assert.fail()
  )

const dispatched = (world: World) =>
  Effect.map(world.weni.requests, (requests) => requests.filter(({ method }) => method === "POST").length)

const errorsInto = (errors: Array<string>) =>
  Effect.provide(
    Logger.layer([Logger.make(({ logLevel, message }) => void (logLevel === "Error" && errors.push(String(message))))])
  )

const another = "partition's log was replaced: its records are a new generation, and all are processed"
const cut = "partition's log was cut: its records from here on are a new generation, and all are processed"

/** A stopped world whose partition 0 held these orders, which have all ended. */
const stoppedWith = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, options: WorldOptions = {}) {
  const world = yield* runningWorld(options)
  yield* orders(world, ids)
  yield* committed(world, ids.length)
  yield* world.audit
  yield* world.process.stop
  return world
})

describe("a log that is another one", () => {
  it.effect(
    "SPEC 9.10: a topic that is deleted and created again while the service runs: all of it is processed",
    () => {
      const errors: Array<string> = []
      return Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* orders(world, ["a", "b", "c"])
        yield* committed(world, 3)
        yield* makeAnew(world)
        yield* orders(world, ["d", "e"])
        yield* committed(world, 2)
        assert.deepStrictEqual(endings(world), {
          "0/0": "response",
          "0/1": "response",
          "0/2": "response",
          "0/0~2": "response",
          "0/1~2": "response"
        })
        assert.strictEqual(yield* dispatched(world), 5)
        const response = (yield* world.responses).find(({ id_correlacao }) => id_correlacao === "e")
        assert.deepStrictEqual(response?.origem, { topico: topicOf(world), particao: 0, offset: 1 })
        const [accepted] = yield* world.facts("e")
        assert.deepStrictEqual(accepted?._tag === "Accepted" && originKey(accepted.origin), `${topicOf(world)}/0/1~2`)
        const { began, earlier, ...audited } = yield* partitionOf(world)
        assert.deepStrictEqual(audited, {
          topic: topicOf(world),
          partition: 0,
          committed: 2,
          earliest: 0,
          first: 0,
          generation: 2,
          cluster: "memory",
          ended: 2,
          skipped: 0,
          undelivered: 0,
          unaccounted: 0
        })
        assert.strictEqual(began?.reason, "another_log")
        const counts = { first: 0, ended: 3, skipped: 0, undelivered: 0, unaccounted: 0, next: 3, cluster: "memory" }
        assert.deepStrictEqual(earlier, [counts])
        assert.strictEqual((yield* world.audit).unaccounted, 0)
        const counted = (yield* world.metrics).flatMap((it) =>
          it.id === "ctx_new_logs_total" ? [[it.attributes?.["topic"], it.attributes?.["reason"]]] : []
        )
        assert.deepStrictEqual(counted, [[topicOf(world), "another_log"]])
        assert.deepStrictEqual(errors, [another])
      }).pipe(errorsInto(errors))
    }
  )

  it.effect("SPEC 9.10: a new log that is at once longer than the old position is read from its start", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWith(["a", "b"])
      yield* makeAnew(world, ["c", "d", "e", "a"])
      yield* world.start
      yield* committed(world, 4)
      assert.deepStrictEqual(endings(world), {
        "0/0": "response",
        "0/1": "response",
        "0/0~2": "response",
        "0/1~2": "response",
        "0/2~2": "response",
        "0/3~2": "repeat"
      })
      assert.strictEqual(yield* dispatched(world), 5)
      assert.strictEqual((yield* world.audit).unaccounted, 0)
    })
  )

  it.effect("SPEC 9.10: the process after the next one knows the generation, and begins none", () => {
    const errors: Array<string> = []
    return Effect.gen(function* () {
      const world = yield* stoppedWith(["a", "b"])
      yield* makeAnew(world, ["c", "d", "e"])
      const second = yield* world.start
      yield* committed(world, 3)
      yield* second.stop
      yield* world.start
      yield* orders(world, ["f"])
      assert.strictEqual(endings(world)["0/3~2"], "response")
      yield* makeAnew(world)
      yield* orders(world, ["g"])
      assert.strictEqual(endings(world)["0/0~3"], "response")
      assert.deepStrictEqual(errors, [another, another])
    }).pipe(errorsInto(errors))
  })

  it.effect("SPEC 9.10: records that are delivered again stay what they were", () => {
    const errors: Array<string> = []
    return Effect.gen(function* () {
      const world = yield* stoppedWith(["a", "b", "c"])
      world.broker.broker.group(group).commit(topicOf(world), 0, 0)
      yield* world.start
      yield* orders(world, ["d"])
      yield* committed(world, 4)
      assert.deepStrictEqual(Object.keys(endings(world)), ["0/0", "0/1", "0/2", "0/3"])
      assert.lengthOf(yield* world.responses, 4)
      assert.deepStrictEqual(errors, [])
    }).pipe(errorsInto(errors))
  })

  it.effect("SPEC 9.10: another id of the cluster alone begins nothing", () => {
    const errors: Array<string> = []
    return Effect.gen(function* () {
      const world = yield* stoppedWith(["a", "b"])
      yield* world.broker.setCluster("moved")
      yield* world.start
      yield* orders(world, ["c"])
      assert.deepStrictEqual(Object.keys(endings(world)), ["0/0", "0/1", "0/2"])
      assert.strictEqual((yield* partitionOf(world)).cluster, "moved")
      assert.deepStrictEqual(errors, [])
    }).pipe(errorsInto(errors))
  })

  it.effect(
    "SPEC 9.10: a log whose end was cut off is another one from there; earlier records stay what they were",
    () => {
      const errors: Array<string> = []
      return Effect.gen(function* () {
        const world = yield* stoppedWith(["a", "b", "c", "d", "e"])
        yield* world.broker.cut(topicOf(world), 0, 2)
        yield* world.start
        yield* orders(world, ["f"])
        yield* committed(world, 3)
        const names = Object.keys(endings(world))
        assert.deepStrictEqual(names, ["0/0", "0/1", "0/2", "0/3", "0/4", "0/2~2"])
        const { began, earlier, first, unaccounted } = yield* partitionOf(world)
        assert.deepStrictEqual([began?.reason, first, unaccounted, earlier?.[0]?.ended], ["cut", 2, 0, 5])
        // Records before the cut are still the first log's, even for the next process.
        world.broker.broker.group(group).commit(topicOf(world), 0, 0)
        assert.deepStrictEqual(errors, [cut])
      }).pipe(errorsInto(errors))
    }
  )

  for (const kept of [1, 3, 4, 6, 7]) {
    it.effect(
      `SPEC 9.10: a log that was cut at ${kept} and is longer again: the first offset that differs is found`,
      () =>
        Effect.gen(function* () {
          const ids = ["a", "b", "c", "d", "e", "f", "g", "h"]
          const world = yield* stoppedWith(ids)
          yield* world.broker.cut(topicOf(world), 0, kept)
          yield* TestClock.adjust(1000)
          const others = [...ids.slice(kept), "i"].map((id) => `${id}2`)
          for (const id of others) yield* order(world, id)
          yield* world.start
          yield* committed(world, 9)
          assert.deepStrictEqual(
            Object.keys(endings(world)).slice(8),
            others.map((_, index) => `0/${kept + index}~2`)
          )
          assert.lengthOf(yield* world.responses, 8 + others.length)
          assert.strictEqual((yield* world.audit).unaccounted, 0)
        })
    )
  }

  it.effect("SPEC 9.10: records that retention has deleted prove nothing", () => {
    const errors: Array<string> = []
    return Effect.gen(function* () {
      const world = yield* stoppedWith(["a", "b"])
      yield* world.broker.truncate(topicOf(world), 0, 2)
      yield* world.start
      yield* orders(world, ["c"])
      assert.deepStrictEqual(Object.keys(endings(world)), ["0/0", "0/1", "0/2"])
      assert.deepStrictEqual(errors, [])
    }).pipe(errorsInto(errors))
  })

  it.effect("SPEC 9.10: records that an earlier version ended count as the same", () => {
    const errors: Array<string> = []
    return Effect.gen(function* () {
      const world = yield* stoppedWith(["a", "b"])
      for (const [key, { mark: _, ...ending }] of world.store.records) world.store.records.set(key, ending)
      yield* makeAnew(world, ["c", "d", "e"])
      world.broker.broker.group(group).commit(topicOf(world), 0, 2)
      yield* world.start
      yield* committed(world, 3)
      assert.deepStrictEqual(Object.keys(endings(world)), ["0/0", "0/1", "0/2"])
      assert.deepStrictEqual(errors, [])
    }).pipe(errorsInto(errors))
  })

  it.effect("SPEC 9.10: an empty new log is another one, too, whatever KAFKA_START_AT says of what comes then", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { kafka: { startAt: "latest" } } })
      yield* orders(world, ["a", "b"])
      yield* committed(world, 2)
      yield* world.process.stop
      yield* makeAnew(world)
      const second = yield* world.start
      yield* committed(world, 0)
      yield* second.stop
      yield* order(world, "c")
      yield* world.start
      yield* committed(world, 1)
      assert.strictEqual(endings(world)["0/0~2"], "response")
    })
  )

  it.effect("SPEC 9.10: records older than every record that this database has ended are passed over and counted", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWith(["a", "b"], { settings: { kafka: { startAt: "latest" } } })
      yield* world.broker.deleteTopic(topicOf(world))
      yield* world.broker.createTopic(topicOf(world), 2)
      const old = { topic: topicOf(world), key: null, headers: {}, partition: 0 }
      const value = JSON.stringify(record({ id_correlacao: "old" }))
      yield* world.broker.append({ ...old, value, timestamp: eventTime - 1 })
      yield* world.broker.append({ ...old, value, timestamp: -1 })
      yield* order(world, "c")
      const second = yield* world.start
      yield* committed(world, 3)
      const { "0/0~2": first, "0/1~2": undated, "0/2~2": third } = endings(world)
      assert.deepStrictEqual([first, undated, third], ["skipped", "response", "response"])
      const skipped = (yield* world.metrics).flatMap((it) =>
        it.id === "ctx_skipped_total" ? [it.attributes?.["reason"]] : []
      )
      assert.deepStrictEqual(skipped, ["anterior"])
      // So it is for the next process, which reads it from the start.
      yield* world.audit
      yield* second.stop
      yield* world.broker.append({ ...old, value: value.replace("old", "older"), timestamp: eventTime - 2 })
      yield* world.start
      yield* committed(world, 4)
      assert.strictEqual(endings(world)["0/3~2"], "skipped")
    })
  )

  it.effect(
    "SPEC 9.10: another cluster without offsets of the group: records from before the start are processed",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld({ settings: { kafka: { startAt: "latest" } } })
        yield* world.broker.createTopic(topicOf(world), 2)
        const first = yield* world.start
        yield* TestClock.adjust(1000)
        yield* world.produce(record({ id_correlacao: "a" }), { partition: 1 })
        yield* world.ended(1)
        yield* first.stop
        // Partition 0 had no record at all, and its log has nothing to be compared with.
        yield* makeAnew(world, ["c", "d"])
        yield* world.broker.setCluster("new")
        yield* world.start
        yield* committed(world, 2)
        assert.deepStrictEqual(endings(world), { "1/0": "response", "0/0~2": "response", "0/1~2": "response" })
        assert.strictEqual((yield* world.audit).unaccounted, 0)
      })
  )

  it.effect("SPEC 9.10: the audit compares no position in another cluster with the log of the previous one", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWith(["a", "b"])
      yield* makeAnew(world, ["c", "d", "e"])
      yield* world.broker.setCluster("new")
      // As copied from the cluster before, and read before any log was compared.
      world.broker.broker.group(group).commit(topicOf(world), 0, 3)
      yield* world.audit
      yield* world.start
      yield* committed(world, 3)
      assert.strictEqual((yield* world.audit).unaccounted, 0)
    })
  )

  it.effect("SPEC 9.10: the records that the process has of the old log end, although the log is gone", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "slow", delayMs: 5000, times: 1 })
      yield* order(world, "a")
      yield* world.until(Effect.map(dispatched(world), (count) => count === 1))
      yield* makeAnew(world)
      yield* order(world, "b")
      yield* world.ended(2)
      yield* committed(world, 1)
      assert.deepStrictEqual(endings(world), { "0/0": "response", "0/0~2": "response" })
      assert.strictEqual((yield* world.audit).unaccounted, 0)
    })
  )
})

describe("a process that does not know yet that it has lost its partition", () => {
  it.effect("SPEC 9.10: a record that it ends after the brokers were queried is not a sign of a shorter log", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWith(["a", "b", "c"])
      const brokers = world.broker.broker
      const kafka = Layer.mock(Kafka, {
        recordAt: ({ offset, partition, topic }) => Effect.succeed(brokers.partitions(topic)[partition]?.[offset]),
        // The leader of another partition does not answer.
        positions: (_, partition) =>
          partition === 0 ? Effect.succeed(positions(brokers, brokers.group(group), [topicOf(world)])) : Effect.never
      })
      const assigned = {
        topic: topicOf(world),
        partition: 0,
        cluster: "memory",
        committed: 2,
        earliest: 0,
        end: 2,
        start: 2,
        isReading: false
      }
      const log = yield* recogniseLog(makeOlderRecords())(assigned, () => Effect.void).pipe(
        Effect.provide([kafka, journalMemory(world.store)])
      )
      assert.deepStrictEqual([log.is, log.from], ["same", 2])
    })
  )
})

describe("a database that knows less than the group", () => {
  it.effect(
    "SPEC 9.10: what the group had committed is reported and not processed, and no offset is moved back",
    () => {
      const errors: Array<string> = []
      return Effect.gen(function* () {
        const world = yield* stoppedWith(["a", "b", "c", "d"])
        // An older backup: it knows the first two.
        for (const offset of [2, 3]) world.store.records.delete(`${topicOf(world)}/0/${offset}`)
        const ledger = world.store.ledgers.get(`${topicOf(world)}/0`)
        if (ledger !== undefined) world.store.ledgers.set(`${topicOf(world)}/0`, { ...ledger, next: 2, ended: 2 })
        yield* world.start
        yield* orders(world, ["e"])
        yield* committed(world, 5)
        assert.deepStrictEqual(Object.keys(endings(world)), ["0/0", "0/1", "0/4"])
        assert.lengthOf(yield* world.responses, 5)
        const { ahead, missing, unaccounted } = yield* partitionOf(world)
        assert.deepStrictEqual([ahead, unaccounted, missing], [2, 2, [{ first: 2, last: 3 }]])
        assert.strictEqual((yield* world.audit).ahead, 2)
        assert.deepStrictEqual(errors.length, 1)
        assert.match(errors[0] ?? "", /^the group has committed records that this database has no trace of/)
      }).pipe(errorsInto(errors))
    }
  )
})

describe("the names of records of a later log", () => {
  it.effect("SPEC 9.10: refusals, parked events and dead letters carry the generation; origem does not", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const { inbound } = world.settings.topics
      const nobodys = {
        context: { id_contexto: "pedido_entregue_amanha|c2|R2", cod_jornada: "pedido_entregue_amanha" }
      }
      yield* world.answer("{", { partition: 0 })
      yield* world.ended(1)
      yield* TestClock.adjust(1000)
      yield* world.broker.deleteTopic(inbound)
      yield* world.answer(JSON.stringify([reply("SIM", nobodys), reply("NÃO", nobodys)]), { partition: 0 })
      yield* world.ended(2)
      assert.deepStrictEqual([...world.store.parked.keys()], [`${inbound}/0/0~2#0`, `${inbound}/0/0~2#1`])
      yield* world.responded(3)
      const places = (yield* world.responses).map(({ id_resposta, origem }) => ({ id_resposta, origem }))
      const origem = { topico: inbound, particao: 0, offset: 0 }
      assert.deepStrictEqual(
        places.toSorted((a, b) => String(a.id_resposta).localeCompare(String(b.id_resposta))),
        [
          { id_resposta: `${inbound}/0/0`, origem },
          { id_resposta: `${inbound}/0/0~2`, origem },
          { id_resposta: `${inbound}/0/0~2#1`, origem }
        ]
      )
      const letters = (yield* world.inboundDeadLetters).map((letter) => readDeadLetter(letter, inbound).original)
      assert.deepStrictEqual(letters.map((original) => original && originKey(original)).toSorted(), [
        `${inbound}/0/0`,
        `${inbound}/0/0~2`
      ])
      assert.strictEqual((yield* world.audit).unaccounted, 0)
    })
  )

  it.effect("SPEC 9.10: a customer's NÃO at a known offset of a new log is processed", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const { inbound } = world.settings.topics
      yield* world.answer(reply("SIM", { message_id: "m-1", id_correlacao: "nobody's" }), { partition: 0 })
      yield* world.ended(2)
      yield* TestClock.adjust(1000)
      yield* world.broker.deleteTopic(inbound)
      yield* world.answer(reply("NÃO"), { partition: 0 })
      yield* world.until(Effect.map(responsesTo(world, "retorno_nao"), (all) => all.length === 1))
    })
  )
})
