import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Stream } from "effect"

import type { KafkaRecord } from "../../src/services/Kafka.ts"
import { TopicReader } from "../../src/services/TopicReader.ts"
import { fresh, freshTopic, KafkaBench, produceAll, record, text } from "./kafkaBench.ts"

const readAll = (topic: string) => Effect.flatMap(TopicReader, (reader) => Stream.runCollect(reader.read(topic)))

const inOrder = (records: ReadonlyArray<KafkaRecord>) =>
  records.toSorted((one, other) => one.partition - other.partition || one.offset - other.offset)

/** What holds for every layer of `TopicReader`. The clock is the real one. */
export const topicReaderContract = (name: string, bench: Layer.Layer<KafkaBench | TopicReader>): void =>
  layer(bench, { excludeTestServices: true, timeout: "60 seconds" })(`TopicReader: ${name}`, (it) => {
    it.effect(
      "every record of the topic is read once, with key, value, headers and time, and then the stream ends",
      () =>
        Effect.gen(function* () {
          const topic = yield* freshTopic(3)
          yield* produceAll(Array.from({ length: 500 }, (_, at) => record(topic, `k${at}`, `v${at}`, at % 2)))
          yield* produceAll([{ ...record(topic, null, "", 0), value: null, headers: { "dlq-codigo": "é" } }])
          const read = yield* readAll(topic)
          const stored = yield* (yield* KafkaBench).records(topic)
          const plain = (it: KafkaRecord) => ({
            ...it,
            key: text(it.key),
            value: text(it.value),
            headers: Array.from(it.headers, ({ name, value }) => `${text(name)}=${text(value)}`)
          })
          assert.deepStrictEqual(inOrder(read).map(plain), stored.map(plain))
          assert.lengthOf(read, 501)
        })
    )

    it.effect("each partition is read in its order, and a second reading gives the same", () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(2)
        yield* produceAll(Array.from({ length: 100 }, (_, at) => record(topic, null, `v${at}`, at % 2)))
        for (let time = 0; time < 2; time++) {
          const read = yield* readAll(topic)
          for (const partition of [0, 1]) {
            assert.deepStrictEqual(
              read.filter((it) => it.partition === partition).map(({ offset }) => offset),
              Array.from({ length: 50 }, (_, offset) => offset)
            )
          }
        }
      })
    )

    it.effect("a topic without records ends at once", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* readAll(yield* freshTopic(3)), [])
      })
    )

    it.effect("a missing topic is named, and not created", () =>
      Effect.gen(function* () {
        const topic = fresh("missing")
        for (let time = 0; time < 2; time++) {
          const error = yield* Effect.flip(readAll(topic))
          assert.deepStrictEqual([error.reason, error.topic], ["Missing", topic])
        }
      })
    )
  })
