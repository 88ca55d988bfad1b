import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { originKey } from "../../../src/domain/record/Origin.ts"
import type { Kafka } from "../../../src/services/Kafka.ts"
import { record } from "../../domain/outbound/records.ts"
import type { Around } from "../../support/interposed.ts"
import { preparedWorld, runningWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"

type Survey = Effect.Success<ReturnType<Kafka["Service"]["survey"]>>

const delivered = (id: string) => ({ id_correlacao: id, evento: "entregue", message_id: `m-${id}` })

/** The account of partition 0 of a topic. */
const accountOf = (world: World, topic: string) =>
  Effect.map(world.audit, ({ topics }) => {
    const found = topics.find((it) => it.topic === topic && it.partition === 0)
    const { committed, ended, missing, skipped, unaccounted, undelivered } = found ?? assert.fail(topic)
    return { committed, ended, skipped, undelivered, unaccounted, ...(missing && { missing }) }
  })

const counts = (given: Partial<Effect.Success<ReturnType<typeof accountOf>>>) => ({
  committed: 0,
  ended: 0,
  skipped: 0,
  undelivered: 0,
  unaccounted: 0,
  ...given
})

const committedUpTo = (world: World, offset: number) =>
  world.until(Effect.map(world.committed, ([committed]) => committed === offset))

const gauge = (world: World) =>
  Effect.map(world.metrics, (all) =>
    all.flatMap((it) => (it.id === "ctx_unaccounted" && it.type === "Gauge" ? [it.state.value] : []))
  )

/** Calls of this name are carried out, or not, and never return. */
const dyingAt =
  (name: string, carriedOut: boolean): Around =>
  (call, effect) =>
    call !== name ? effect : Effect.andThen(carriedOut ? effect : Effect.void, Effect.never)

describe("the audit", () => {
  it.effect("SPEC 2.7, CONTRACT GET /api/audit: every kind of ending accounts for its record", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const { topics } = world.settings
      const outbound = [
        record({ id_correlacao: "a" }),
        record({ id_correlacao: "a" }),
        record({ id_correlacao: "a", cod_canais: ["itsm"] }),
        record({ cod_canais: ["sms"] }),
        record({ id_correlacao: "c", cod_jornada: "inventada" }),
        "{",
        null
      ]
      for (const value of outbound) yield* world.produce(value, { partition: 0 })
      yield* committedUpTo(world, outbound.length)
      const inbound = [
        delivered("a"),
        delivered("a"),
        delivered("nobody's"),
        { ...delivered("a"), evento: "typing" },
        "{"
      ]
      for (const value of inbound) yield* world.answer(value, { partition: 0 })
      yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === inbound.length))
      assert.deepStrictEqual(yield* accountOf(world, topics.in), counts({ committed: 7, ended: 6, skipped: 1 }))
      assert.deepStrictEqual(yield* accountOf(world, topics.inbound), counts({ committed: 5, ended: 4, skipped: 1 }))
      const { overdue, stalled, topics: partitions, unaccounted } = yield* world.audit
      assert.deepStrictEqual({ overdue, stalled, unaccounted }, { overdue: 0, stalled: 0, unaccounted: 0 })
      assert.deepStrictEqual(
        partitions.map((it) => `${it.topic}/${it.partition}`),
        [topics.in, topics.inbound].flatMap((topic) => [`${topic}/0`, `${topic}/1`])
      )
    })
  )

  it.effect("CONTRACT GET /api/audit, ctx_unaccounted: records without an ending are named until they have one", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const { in: topic } = world.settings.topics
      // The first check has ended. No check sees an ending that is gone before the next one.
      yield* TestClock.adjust("10 seconds")
      for (let count = 0; count < 6; count++) yield* world.produce(record({ cod_canais: ["sms"] }), { partition: 0 })
      yield* committedUpTo(world, 6)
      const lost = [1, 3, 4].map((offset) => originKey({ topic, partition: 0, offset }))
      const endings = lost.map((key) => [key, world.store.records.get(key)!] as const)
      for (const key of lost) world.store.records.delete(key)
      assert.deepStrictEqual(
        yield* accountOf(world, topic),
        counts({
          committed: 6,
          skipped: 3,
          unaccounted: 3,
          missing: [
            { first: 1, last: 1 },
            { first: 3, last: 4 }
          ]
        })
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* gauge(world), [3])
      for (const [key, ending] of endings) world.store.records.set(key, ending)
      assert.deepStrictEqual(yield* accountOf(world, topic), counts({ committed: 6, skipped: 6 }))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* gauge(world), [0])
    })
  )

  it.effect(
    "CONTRACT GET /api/audit, ctx_unaccounted: a partition whose leader is away is named, and counts as before",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld()
        const { in: topic } = world.settings.topics
        let isAway = false
        yield* world.startWith((call, effect) =>
          Effect.map(effect, (value) => {
            if (call !== "Kafka.survey" || !isAway) return value
            const { positions } = value as Survey
            const unreached = [{ topic, partitions: [0], reason: "broker 1 does not answer: away" }]
            const others = positions.filter((it) => it.topic !== topic || it.partition !== 0)
            return { positions: others, unreached } as typeof value
          })
        )
        // The first look is over, as above.
        yield* TestClock.adjust("10 seconds")
        for (const partition of [0, 0, 1, 1]) yield* world.produce(record({ cod_canais: ["sms"] }), { partition })
        yield* world.until(Effect.map(world.committed, (all) => all[0] === 2 && all[1] === 2))
        for (const partition of [0, 1]) world.store.records.delete(originKey({ topic, partition, offset: 0 }))
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* gauge(world), [2])
        isAway = true
        const { topics, unaccounted, unreached } = yield* world.audit
        assert.deepStrictEqual(unreached, [{ topic, partitions: [0], reason: "broker 1 does not answer: away" }])
        assert.deepStrictEqual(
          topics.flatMap((it) => (it.topic === topic && it.partition < 2 ? [it.partition] : [])),
          [1]
        )
        assert.strictEqual(unaccounted, 1)
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* gauge(world), [2])
      })
  )

  it.effect("CONTRACT GET /api/audit: a group that starts at the end accounts for the records from there on", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ settings: { kafka: { startAt: "latest" } } })
      const { in: topic } = world.settings.topics
      yield* world.produce(record({ cod_canais: ["sms"] }), { partition: 0 })
      yield* world.start
      yield* world.until(Effect.sync(() => world.store.ledgers.size > 0))
      yield* world.produce(record({ cod_canais: ["sms"] }), { partition: 0 })
      yield* committedUpTo(world, 2)
      const { topics } = yield* world.audit
      const { first, ended, skipped, unaccounted } = topics.find((it) => it.topic === topic)!
      assert.deepStrictEqual({ first, ended, skipped, unaccounted }, { first: 1, ended: 0, skipped: 1, unaccounted: 0 })
    })
  )

  it.effect("CONTRACT GET /api/audit: records that retention deleted before they were read stay unaccounted for", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const { in: topic } = world.settings.topics
      yield* world.produce(record({ cod_canais: ["sms"] }), { partition: 0 })
      yield* committedUpTo(world, 1)
      yield* world.process.stop
      for (let count = 0; count < 3; count++) yield* world.produce(record({ cod_canais: ["sms"] }), { partition: 0 })
      yield* world.broker.truncate(topic, 0, 3)
      yield* world.start
      yield* committedUpTo(world, 4)
      const missing = [{ first: 1, last: 2 }]
      assert.deepStrictEqual(
        yield* accountOf(world, topic),
        counts({ committed: 4, skipped: 2, unaccounted: 2, missing })
      )
    })
  )

  for (const carriedOut of [false, true]) {
    it.effect(
      `SPEC 9.3: a process that crashes ${carriedOut ? "after" : "before"} a gap is durable leaves nothing unaccounted for`,
      () =>
        Effect.gen(function* () {
          const world = yield* preparedWorld()
          const { in: topic } = world.settings.topics
          yield* world.produce(record({ id_correlacao: "a" }), { partition: 0 })
          yield* world.broker.mark(topic, 0)
          yield* world.produce(record({ id_correlacao: "b" }), { partition: 0 })
          yield* world.broker.mark(topic, 0)
          const process = yield* world.startWith(dyingAt("Journal.passOver", carriedOut))
          yield* world.ended(2)
          yield* committedUpTo(world, 1)
          yield* process.kill
          yield* world.start
          yield* committedUpTo(world, 4)
          assert.deepStrictEqual(yield* accountOf(world, topic), counts({ committed: 4, ended: 2, undelivered: 2 }))
        })
    )
  }

  it.effect("SPEC 9.3: a process that crashes before its ledger has begun has read nothing", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const { in: topic } = world.settings.topics
      yield* world.produce(record({ cod_canais: ["sms"] }), { partition: 0 })
      const process = yield* world.startWith(dyingAt("Journal.beginLedger", false))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(world.store.records.size, 0)
      yield* process.kill
      yield* world.start
      yield* committedUpTo(world, 1)
      assert.deepStrictEqual(yield* accountOf(world, topic), counts({ committed: 1, skipped: 1 }))
    })
  )
})
