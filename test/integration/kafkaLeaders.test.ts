import { assert, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"

import { partitionOf } from "../../src/layers/kafka/partitioner.ts"
import type { Kafka } from "../../src/services/Kafka.ts"
import { eventually, KafkaBench, openPublisher, record, text } from "../contracts/kafkaBench.ts"
import { ClusterBench, OwnCluster, type Replicas, replicatedTopic } from "./kafkaCluster.ts"

const PARTITIONS = 12
const CALLERS = 60
const MOVES = 10

/** A key of this partition. */
const keyOf = (partition: number, partitions: number): string => {
  const keys = Array.from({ length: 100 }, (_, at) => `key ${at}`)
  return keys.find((key) => partitionOf(new TextEncoder().encode(key), partitions) === partition) ?? ""
}

/** Each move makes another broker the leader, and every second one takes the replica of the former leader away. */
const after = (moves: number): ReadonlyArray<Replicas> =>
  Array.from({ length: PARTITIONS }, (_, partition) => {
    const first = partition + moves
    return Array.from({ length: moves % 2 === 0 ? 3 : 2 }, (_, at) => ((first + at) % 3) + 1)
  })

layer(ClusterBench, { excludeTestServices: true, timeout: "90 seconds" })("Kafka: kafkajs and three brokers", (it) => {
  it.effect("SPEC 7.3, 9.5: while one partition has no leader the others are written, also by a starting process", () =>
    Effect.gen(function* () {
      const { node } = yield* OwnCluster
      const { topic } = yield* replicatedTopic([[1], [2], [3]])
      const keys = [0, 1, 2].map((partition) => keyOf(partition, 3))
      const publishTo = (kafka: Kafka["Service"], partition: number, value: string) =>
        kafka.publish(record(topic, keys[partition] ?? "", value)).pipe(Effect.timeout("20 seconds"), Effect.orDie)
      const one = yield* openPublisher
      for (const partition of [0, 1, 2]) yield* publishTo(one, partition, "before")
      yield* node(3, "kill")
      const waiting = yield* Effect.forkChild(one.publish(record(topic, keys[2] ?? "", "meanwhile")))
      for (const value of ["1", "2", "3"]) for (const partition of [0, 1]) yield* publishTo(one, partition, value)
      const other = yield* openPublisher
      for (const partition of [0, 1]) yield* publishTo(other, partition, "other")
      assert.isUndefined(waiting.pollUnsafe())
      yield* node(3, "start")
      yield* Fiber.join(waiting)
      const values = new Map<string, Array<string>>()
      for (const { key, value } of yield* (yield* KafkaBench).records(topic)) {
        const of = text(key) ?? ""
        values.set(of, [...(values.get(of) ?? []), text(value) ?? ""])
      }
      assert.deepStrictEqual(
        keys.map((key) => values.get(key)),
        [
          ["before", "1", "2", "3", "other"],
          ["before", "1", "2", "3", "other"],
          ["before", "meanwhile"]
        ]
      )
    })
  )

  it.effect(
    "SPEC 7.3: leaders move ten times under load: acknowledged records are in their topic, once and in order",
    () =>
      Effect.gen(function* () {
        const { topic, move } = yield* replicatedTopic(after(0))
        const kafka = yield* openPublisher
        const acknowledged = new Map<string, Array<number>>()
        const load = { acknowledged: 0, over: false }
        const caller = Effect.fnUntraced(function* (key: string) {
          const values: Array<number> = []
          acknowledged.set(key, values)
          for (let value = 0; !load.over; value++) {
            yield* kafka.publish(record(topic, key, `${value}`))
            values.push(value)
            load.acknowledged++
          }
        })
        const calling = yield* Effect.forEach(
          Array.from({ length: CALLERS }, (_, at) => `key ${at}`),
          (key) => Effect.forkChild(caller(key))
        )
        /** Sends more, so that the callers use the present leaders. */
        const more = Effect.suspend(() => {
          const before = load.acknowledged
          return eventually(
            "more is acknowledged",
            Effect.sync(() => load.acknowledged),
            (now) => now > before + 5 * CALLERS
          )
        })
        yield* more
        for (let moves = 1; moves <= MOVES; moves++) {
          yield* move(after(moves))
          yield* more
        }
        load.over = true
        yield* Fiber.joinAll(calling)

        const stored = new Map([...acknowledged.keys()].map((key): [string, Array<number>] => [key, []]))
        for (const { key, value } of yield* (yield* KafkaBench).records(topic)) {
          stored.get(text(key) ?? "")?.push(Number(text(value)))
        }
        const missing = [...acknowledged].flatMap(([key, values]) => {
          const there = new Set(stored.get(key))
          return values.filter((value) => !there.has(value)).map((value) => `${key}: ${value}`)
        })
        assert.deepStrictEqual(missing, [], `of ${load.acknowledged} acknowledged records`)
        assert.deepStrictEqual(stored, acknowledged)
      })
  )
})
