import { assert, layer } from "@effect/vitest"
import { Effect, Logger } from "effect"

import type { KafkaRecord } from "../../src/services/Kafka.ts"
import {
  committedIs,
  eventually,
  fresh,
  freshTopic,
  KafkaBench,
  openMember,
  produceAll,
  record,
  text
} from "../contracts/kafkaBench.ts"
import { FaultyBench, OwnBroker } from "./kafkaBroker.ts"
import { RealBrokers } from "./kafkaReal.ts"

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at)

const collect = (into: Array<string>) => (it: KafkaRecord) => ({
  key: undefined,
  run: Effect.sync(() => void into.push(text(it.value) ?? ""))
})

const seenAre = (seen: ReadonlyArray<string>, values: ReadonlyArray<string>) =>
  eventually(
    `seen ${values.join()}`,
    Effect.sync(() => [...new Set(seen)].sort()),
    (it) => it.join() === [...values].sort().join()
  )

layer(FaultyBench, { excludeTestServices: true, timeout: "90 seconds" })("Kafka under fire: kafkajs", (it) => {
  it.effect("SPEC 9.1: members come and go and the broker is killed: nothing lost, in order, all committed", () =>
    Effect.gen(function* () {
      const [keys, each] = [20, 90]
      const broker = yield* OwnBroker
      const bench = yield* KafkaBench
      const topic = yield* freshTopic(4)
      const group = fresh("group")
      const begun = new Map<string, Array<number>>()
      const options = {
        topics: [topic],
        group,
        maxInFlight: 8,
        receive: ({ key: bytes, value }: KafkaRecord) => {
          const key = text(bytes) ?? ""
          const note = Effect.sync(() => void begun.set(key, [...(begun.get(key) ?? []), Number(text(value))]))
          return { key, run: Effect.andThen(note, Effect.sleep(2)) }
        }
      }
      const wave = (from: number) =>
        produceAll(
          numbers(from, each / 3).flatMap((n) => numbers(0, keys).map((k) => record(topic, `key${k}`, `${n}`)))
        )
      const seen = (count: number) =>
        eventually(
          `${count} seen`,
          Effect.sync(() => [...begun.values()].reduce((sum, it) => sum + new Set(it).size, 0)),
          (it) => it >= count
        )
      const first = yield* openMember(options)
      yield* wave(0)
      yield* seen(100)
      const second = yield* openMember(options)
      yield* wave(each / 3)
      yield* second.close
      yield* broker.kill
      yield* broker.start
      const third = yield* openMember(options)
      yield* wave((2 * each) / 3)
      yield* first.close
      yield* seen(keys * each)
      yield* third.close
      // The last member has committed everything before it left.
      const stored = yield* bench.records(topic)
      const ends = numbers(0, 4).map((partition) => stored.filter((it) => it.partition === partition).length)
      assert.deepStrictEqual(yield* bench.committed(group, topic), ends)
      for (const begins of begun.values()) assert.deepStrictEqual([...new Set(begins)], numbers(0, each))
    })
  )

  it.effect("SPEC 9.5: damaged records stop their partition alone, with an error; an operator goes past them", () =>
    Effect.gen(function* () {
      const broker = yield* OwnBroker
      const { client } = yield* RealBrokers
      const topic = yield* freshTopic(2)
      const group = fresh("group")
      const producer = client.producer()
      yield* Effect.promise(() => producer.connect())
      for (const values of [["0", "1"], ["damaged", "too"], ["4"]]) {
        const messages = values.map((value) => ({ value, partition: 0 }))
        yield* Effect.promise(() => producer.send({ topic, messages, compression: 1 }))
      }
      yield* Effect.promise(() => producer.disconnect())
      yield* broker.stop
      yield* broker.rewrite(topic, 0, (log) => {
        const second = 12 + log.readInt32BE(8)
        const last = second + 12 + log.readInt32BE(second + 8) - 1
        log.writeUInt8(log.readUInt8(last) ^ 0xff, last)
      })
      yield* broker.start
      const seen: Array<string> = []
      const errors: Array<unknown> = []
      const logger = Logger.make(({ message, logLevel }) => void (logLevel === "Error" && errors.push(message)))
      const first = yield* openMember({ topics: [topic], group, receive: collect(seen) }).pipe(
        Effect.provide(Logger.layer([logger]))
      )
      yield* produceAll([record(topic, null, "other", 1)])
      yield* seenAre(seen, ["0", "1", "other"])
      yield* committedIs(group, topic, [2, 1])
      yield* first.close
      assert.deepStrictEqual(errors, [["records cannot be decoded, their partition is no longer read"]])
      const admin = client.admin()
      yield* Effect.promise(() => admin.connect())
      yield* Effect.promise(() =>
        admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: "4" }] })
      )
      yield* Effect.promise(() => admin.disconnect())
      yield* openMember({ topics: [topic], group, receive: collect(seen) })
      yield* committedIs(group, topic, [5, 1])
      assert.deepStrictEqual(seen.slice(3), ["4"])
    })
  )

  it.effect("SPEC 9.1: a crashed consumer is rebuilt: its topic was deleted and comes back", () =>
    Effect.gen(function* () {
      const { client } = yield* RealBrokers
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const [seen, lines]: [Array<string>, Array<string>] = [[], []]
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      const kafka = { createTopics: false }
      const { consumer } = yield* openMember({ topics: [topic], group, kafka, receive: collect(seen) }).pipe(
        Effect.provide(Logger.layer([logger]))
      )
      yield* produceAll([record(topic, null, "1", 0), record(topic, null, "2", 0)])
      yield* committedIs(group, topic, [2])
      const admin = client.admin()
      yield* Effect.promise(() => admin.connect())
      yield* Effect.promise(() => admin.deleteTopics({ topics: [topic] }))
      yield* eventually("missing", consumer.status, (it) => it.missingTopics.includes(topic))
      assert.isTrue(lines.some((line) => line.startsWith("rebuilding the Kafka consumer in 1000 ms")))
      yield* Effect.promise(() => admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }))
      yield* Effect.promise(() => admin.disconnect())
      yield* produceAll([record(topic, null, "3", 0)])
      yield* committedIs(group, topic, [1])
      assert.deepStrictEqual(seen, ["1", "2", "3"])
    })
  )

  it.effect("docs/kafka.md: a record larger than what is fetched at once is read", () =>
    Effect.gen(function* () {
      const { client } = yield* RealBrokers
      const topic = fresh("topic")
      const group = fresh("group")
      const admin = client.admin()
      yield* Effect.promise(() => admin.connect())
      const configEntries = [{ name: "max.message.bytes", value: "20000000" }]
      yield* Effect.promise(() => admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] }))
      yield* Effect.promise(() => admin.disconnect())
      const sizes: Array<number> = []
      const receive = ({ value }: KafkaRecord) => ({
        key: undefined,
        run: Effect.sync(() => void sizes.push(value?.length ?? 0))
      })
      yield* openMember({ topics: [topic], group, receive })
      yield* produceAll([1, 9_000_000, 1].map((size) => record(topic, null, "x".repeat(size), 0)))
      yield* committedIs(group, topic, [3])
      assert.deepStrictEqual(sizes, [1, 9_000_000, 1])
    })
  )
})
