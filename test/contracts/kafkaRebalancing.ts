import { assert, type Vitest } from "@effect/vitest"
import { Effect, Latch } from "effect"

import type { KafkaRecord } from "../../src/services/Kafka.ts"
import { committedIs, eventually, fresh, freshTopic, KafkaBench, openMember, produceAll, record } from "./kafkaBench.ts"

const FOUR = [0, 1, 2, 3]

const begin = (into: Array<KafkaRecord>, gate: Latch.Latch) => (it: KafkaRecord) => ({
  key: undefined,
  run: Effect.andThen(
    Effect.sync(() => void into.push(it)),
    gate.await
  )
})

/** DESIGN "Kafka intake": the broker does not fence lost partitions, so the member has to forget their records. */
export const rebalancing = (it: Vitest.MethodsNonLive<KafkaBench>): void => {
  it.effect("docs/kafka.md: no record of a partition that a rebalance took starts, and none is committed", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(2)
      const group = fresh("group")
      const [gate, open] = [yield* Latch.make(), yield* Latch.make(true)]
      const [one, two]: [Array<KafkaRecord>, Array<KafkaRecord>] = [[], []]
      const options = { topics: [topic], group, maxInFlight: 2 }
      const first = yield* openMember({ ...options, receive: begin(one, gate) })
      // The partitions take turns: one record of each runs, and the others wait for a place.
      yield* produceAll(FOUR.flatMap((n) => [record(topic, null, `${n}`, 0), record(topic, null, `${n}`, 1)]))
      yield* eventually("taken", first.consumer.status, ({ inFlight }) => inFlight[topic] === 8)
      yield* openMember({ ...options, receive: begin(two, open) })
      yield* eventually(
        "taken over",
        Effect.sync(() => two.length),
        (count) => count === 4
      )
      const lost = two[0]?.partition ?? -1
      const committed = FOUR.slice(0, 2).map((partition) => (partition === lost ? 4 : 0))
      yield* committedIs(group, topic, committed)
      const before = one.filter((it) => it.partition === lost).length
      yield* gate.open
      yield* committedIs(group, topic, [4, 4])
      assert.strictEqual(one.filter((it) => it.partition === lost).length, before)
      assert.deepStrictEqual(
        one.filter((it) => it.partition !== lost).map((it) => it.offset),
        FOUR
      )
    })
  )

  it.effect("docs/kafka.md: a partition that stays with a member across a rebalance continues without a replay", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(2)
      const group = fresh("group")
      const gate = yield* Latch.make()
      const seen: Array<KafkaRecord> = []
      const options = { topics: [topic], group, maxInFlight: 8, receive: begin(seen, gate) }
      const first = yield* openMember(options)
      yield* produceAll(FOUR.map((n) => record(topic, null, `${n}`, n % 2)))
      yield* eventually(
        "begun",
        Effect.sync(() => seen.length),
        (count) => count === 4
      )
      const [ownSeen, other]: [Array<KafkaRecord>, Array<KafkaRecord>] = [seen, []]
      yield* openMember({ ...options, receive: begin(other, gate) })
      yield* eventually(
        "taken over",
        Effect.sync(() => other.length),
        (count) => count === 2
      )
      const kept = 1 - (other[0]?.partition ?? 0)
      yield* eventually("joined again", first.consumer.status, (it) => it.joined)
      yield* produceAll([record(topic, null, "next", kept)])
      yield* eventually(
        "the next",
        Effect.sync(() => ownSeen.length),
        (count) => count >= 5
      )
      assert.deepStrictEqual(
        ownSeen.filter((it) => it.partition === kept).map((it) => it.offset),
        [0, 1, 2]
      )
      yield* gate.open
      yield* committedIs(
        group,
        topic,
        [0, 1].map((it) => (it === kept ? 3 : 2))
      )
    })
  )
}
