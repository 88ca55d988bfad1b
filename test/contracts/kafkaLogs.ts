import { assert, type Vitest } from "@effect/vitest"
import { Effect, Latch } from "effect"

import type { AssignedPartition, ConsumeOptions, KafkaRecord } from "../../src/services/Kafka.ts"
import {
  committedIs,
  eventually,
  fresh,
  freshTopic,
  KafkaBench,
  openMember,
  openPublisher,
  produceAll,
  readOn,
  record,
  text
} from "./kafkaBench.ts"

const values = (topic: string, all: ReadonlyArray<string>) =>
  produceAll(all.map((value) => record(topic, "key", value, 0)))

const collect = (into: Array<string>) => (it: KafkaRecord) => ({
  key: undefined,
  run: Effect.sync(() => void into.push(`${text(it.value)}~${it.generation ?? 1}`))
})

/** Takes a log for another one if it ends before the position that was read. */
const beginShorterAnew =
  (asked: Array<AssignedPartition>): ConsumeOptions["onAssigned"] =>
  (assigned, commit) => {
    asked.push(assigned)
    const isShorter = assigned.end < assigned.start
    const log = { from: 0, is: "another" as const, generations: [{ first: 0, generation: 2 }] }
    return isShorter ? Effect.as(commit(0), log) : readOn(assigned, commit)
  }

/** Which log a partition has, and which records are in it (SPEC 9.10). */
export const logs = (it: Vitest.MethodsNonLive<KafkaBench>): void => {
  it.effect("SPEC 9.10: a single record is read at its place, as consumers receive it", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(2)
      const kafka = yield* openPublisher
      const at = (offset: number, partition = 0) =>
        Effect.map(kafka.recordAt({ topic, partition, offset }), (found) =>
          found === undefined
            ? undefined
            : [found.topic, found.partition, found.offset, text(found.key), text(found.value)]
        )
      assert.isUndefined(yield* at(0))
      yield* values(topic, ["0", "1"])
      yield* KafkaBench.use((bench) => bench.transact({ ...record(topic, null, "2"), partition: 0 }, "commit"))
      yield* KafkaBench.use((bench) => bench.transact({ ...record(topic, null, "aborted"), partition: 0 }, "abort"))
      yield* values(topic, ["6"])
      assert.deepStrictEqual(yield* at(0), [topic, 0, 0, "key", "0"])
      assert.deepStrictEqual(yield* at(1), [topic, 0, 1, "key", "1"])
      assert.deepStrictEqual(yield* at(2), [topic, 0, 2, null, "2"])
      assert.deepStrictEqual(yield* Effect.forEach([3, 4, 5], (offset) => at(offset)), [
        undefined,
        undefined,
        undefined
      ])
      assert.deepStrictEqual(yield* at(6), [topic, 0, 6, "key", "6"])
      assert.deepStrictEqual([yield* at(7), yield* at(100), yield* at(0, 1)], [undefined, undefined, undefined])
      yield* KafkaBench.use((bench) => bench.deleteBefore(topic, 0, 1))
      assert.isUndefined(yield* at(0))
      assert.deepStrictEqual(yield* at(1), [topic, 0, 1, "key", "1"])
    })
  )

  it.effect(
    "SPEC 9.10: after a topic is deleted and created again during reading, its new log is read from the start",
    () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(1)
        const group = fresh("group")
        const [seen, asked]: [Array<string>, Array<AssignedPartition>] = [[], []]
        yield* openMember({ topics: [topic], group, receive: collect(seen), onAssigned: beginShorterAnew(asked) })
        yield* values(topic, ["0", "1", "2"])
        yield* committedIs(group, topic, [3])
        yield* KafkaBench.use((bench) => bench.deleteTopic(topic))
        yield* KafkaBench.use((bench) => bench.createTopic(topic, 1))
        yield* values(topic, ["3"])
        yield* eventually(
          "read anew",
          Effect.sync(() => seen),
          (all) => all.some((value) => value.startsWith("3"))
        )
        yield* committedIs(group, topic, [1])
        assert.strictEqual(new Set(asked.map(({ cluster }) => cluster)).size, 1)
      })
  )

  it.effect(
    "SPEC 9.10: the position where reading continues is committed, and records have the generation of their offset",
    () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(1)
        const group = fresh("group")
        const seen: Array<string> = []
        const gate = yield* Latch.make()
        yield* values(topic, ["0", "1", "2", "3", "4"])
        yield* openMember({
          topics: [topic],
          group,
          receive: (it) => ({ key: undefined, run: Effect.andThen(gate.await, collect(seen)(it).run) }),
          onAssigned: (_, commit) =>
            Effect.as(commit(1), {
              from: 1,
              is: "same",
              generations: [
                { first: 0, generation: 1 },
                { first: 3, generation: 2 }
              ]
            })
        })
        yield* committedIs(group, topic, [1])
        yield* gate.open
        yield* committedIs(group, topic, [5])
        assert.deepStrictEqual(seen, ["1~1", "2~1", "3~2", "4~2"])
      })
  )
}
