import { gzipSync, zstdCompressSync } from "node:zlib"

import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"

import { RecordHeaders } from "../../src/domain/record/RecordHeaders.ts"
import { timestampText } from "../../src/domain/record/recordTime.ts"
import { recordBytes } from "../../src/layers/kafka/js/recordCodec.ts"
import type { KafkaRecord } from "../../src/services/Kafka.ts"
import {
  committedIs,
  eventually,
  fresh,
  openMember,
  Patience,
  produceAll,
  record,
  text
} from "../contracts/kafkaBench.ts"
import { brokersOfEnvironment, RealBench, RealBrokers } from "./kafkaReal.ts"
import { produceBatch } from "./support/rawBatch.ts"

const broker = () => brokersOfEnvironment()[0] ?? ""

/** A topic that takes any timestamp, and batches of 4 MB. */
const openTopic = Effect.fnUntraced(function* (numPartitions: number) {
  const topic = fresh("topic")
  const { client } = yield* RealBrokers
  const configEntries = [
    { name: "message.timestamp.after.max.ms", value: `${2n ** 63n - 1n}` },
    { name: "max.message.bytes", value: "4000000" }
  ]
  yield* Effect.promise(async () => {
    const admin = client.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true })
    await admin.disconnect()
  })
  return topic
})

const SharedBroker = RealBench.pipe(
  Layer.provideMerge(RealBrokers.layer(brokersOfEnvironment)),
  Layer.provideMerge(Layer.succeed(Patience, 60))
)

/** A million records without key, value and headers, 9 MB. */
const millionEmpty = () => {
  const bytes = Buffer.alloc(1_000_000 * 9)
  for (let delta = 0; delta < 1_000_000; delta++) {
    const zigzag = delta * 2
    bytes.set([16, 0, 0, (zigzag & 0x7f) | 0x80, ((zigzag >> 7) & 0x7f) | 0x80, zigzag >> 14, 1, 1, 0], delta * 9)
  }
  return bytes
}

/** The longest time, in milliseconds, for which the effect kept everything else in this process from running. */
const longestPause = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    let [last, longest] = [performance.now(), 0]
    const look = setInterval(() => {
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
    }, 10)
    yield* Effect.ensuring(
      effect,
      Effect.sync(() => clearInterval(look))
    )
    return longest
  })

layer(SharedBroker, { excludeTestServices: true, timeout: "90 seconds" })(
  "Kafka: batches as any producer may send them",
  (it) => {
    it.effect("SPEC 9.5: any headers and any timestamp of a record arrive as they were written", () =>
      Effect.gen(function* () {
        const topic = yield* openTopic(1)
        const headers = RecordHeaders.of([
          ["x", "1"],
          ["__proto__", "2"],
          [Uint8Array.of(0xff, 0xc3, 0x28), null],
          ["x", null],
          ["10", ""],
          ["2", Uint8Array.of(0xed, 0xa0, 0x80)],
          ["x", "3"]
        ])
        const timestamps = [2n ** 53n + 1n, -1n, 8_640_000_000_000_001n]
        for (const timestamp of timestamps) {
          const records = recordBytes({ value: Buffer.from("v") }, headers)
          yield* produceBatch(broker(), topic, 0, { codec: 0, count: 1, timestamp, records })
        }
        const seen: Array<KafkaRecord> = []
        yield* openMember({
          topics: [topic],
          group: fresh("group"),
          receive: (it) => ({ key: undefined, run: Effect.sync(() => void seen.push(it)) })
        })
        yield* eventually(
          "all",
          Effect.sync(() => seen.length),
          (count) => count === 3
        )
        assert.deepStrictEqual(
          seen.map((it) => timestampText(it)),
          timestamps.map(String)
        )
        for (const it of seen) assert.deepStrictEqual([...it.headers.bytes], [...headers.bytes])
      })
    )

    it.effect.each([
      ["gzip", 1, (bytes: Buffer) => gzipSync(bytes)],
      ["zstd", 4, (bytes: Buffer) => zstdCompressSync(bytes)]
    ] as const)("CONTRACT KAFKA_MAX_BATCH: a %s bomb holds its partition alone, by name", ([_, codec, compress]) =>
      Effect.gen(function* () {
        const topic = yield* openTopic(2)
        const group = fresh("group")
        const lines: Array<Readonly<Record<string, unknown>>> = []
        const logger = Logger.make((options) => {
          const { annotations, level } = Logger.formatStructured.log(options)
          if (level === "ERROR") lines.push(annotations)
        })
        const seen: Array<string> = []
        yield* produceAll([record(topic, null, "before", 0)])
        const records = compress(recordBytes({ value: Buffer.alloc(100 * 1024 * 1024, 32) }, RecordHeaders.none))
        yield* produceBatch(broker(), topic, 0, { codec, count: 1, records })
        yield* produceAll([record(topic, null, "behind", 0), record(topic, null, "beside", 1)])
        yield* openMember({
          topics: [topic],
          group,
          receive: ({ value }) => ({ key: undefined, run: Effect.sync(() => void seen.push(text(value) ?? "")) })
        }).pipe(Effect.provide(Logger.layer([logger])))
        yield* committedIs(group, topic, [1, 1])
        yield* eventually(
          "told",
          Effect.sync(() => lines),
          (all) => all.length > 0
        )
        assert.deepStrictEqual(seen.sort(), ["before", "beside"])
        const { firstOffset, lastOffset, partition, reason } = lines[0] ?? {}
        assert.deepStrictEqual(
          [partition, firstOffset, lastOffset, reason],
          [0, 1, 1, "its records unpack to more than KAFKA_MAX_BATCH (16777216 bytes)"]
        )
      })
    )

    it.effect("SPEC 9.5: a million empty records in one batch delay neither the process nor another partition", () =>
      Effect.gen(function* () {
        const topic = yield* openTopic(2)
        const records = gzipSync(millionEmpty())
        yield* produceBatch(broker(), topic, 0, { codec: 1, count: 1_000_000, records })
        let [ended, beside] = [0, 0]
        const { consumer } = yield* openMember({
          topics: [topic],
          group: fresh("group"),
          maxInFlight: 100,
          receive: ({ partition }) => ({
            key: undefined,
            run: Effect.andThen(
              Effect.sleep(10),
              Effect.sync(() => void (partition === 1 ? beside++ : ended++))
            )
          })
        })
        yield* eventually(
          "begun",
          Effect.sync(() => ended),
          (count) => count > 1000
        )
        const pause = yield* longestPause(
          Effect.gen(function* () {
            yield* produceAll([record(topic, null, "beside", 1)])
            yield* eventually(
              "beside",
              Effect.sync(() => beside),
              (count) => count === 1
            )
          })
        )
        assert.isBelow(ended, 500_000)
        assert.isBelow(pause, 2000)
        assert.isAtMost((yield* consumer.status).inFlight[topic] ?? 0, 800)
      })
    )
  }
)
