import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"

import { partitionOf } from "../../src/layers/kafka/partitioner.ts"
import type { KafkaRecord } from "../../src/services/Kafka.ts"
import { CurrentStartPermit, type StartPermit } from "../../src/services/StartPermit.ts"
import { eventually, fresh, freshTopic, KafkaBench, openMember, openPublisher, record, text } from "./kafkaBench.ts"

/** SPEC 7.3: a record is in its topic when `publish` returns. */
export const publishing = (it: Vitest.MethodsNonLive<KafkaBench>): void => {
  it.effect("SPEC 7.3: publish returns when the record is in its topic, in the partition of its key", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(5)
      const kafka = yield* openPublisher
      const keys = ["pedido_entregue_amanha|17|900", "ação|1|2", "x", ""]
      for (const key of keys) yield* kafka.publish(record(topic, key, `value of ${key}`))
      const stored = yield* (yield* KafkaBench).records(topic)
      assert.strictEqual(stored.length, keys.length)
      for (const key of keys) {
        const found = stored.find((it) => text(it.key) === key)
        assert.strictEqual(text(found?.value ?? null), `value of ${key}`)
        assert.strictEqual(found?.partition, partitionOf(new TextEncoder().encode(key), 5))
      }
    })
  )

  it.effect("DESIGN Kafka intake: publish releases the start permit of the work that publishes", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const kafka = yield* openPublisher
      let releases = 0
      const permit: StartPermit = { held: true, release: () => void releases++ }
      yield* Effect.provideService(kafka.publish(record(topic, "key", "value")), CurrentStartPermit, permit)
      assert.strictEqual(releases, 1)
    })
  )

  it.effect("SPEC 7.3: many records at once are all acknowledged, those of one caller in order", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(3)
      const kafka = yield* openPublisher
      const caller = (name: number) =>
        Effect.forEach(
          Array.from({ length: 30 }, (_, at) => `${at}`),
          (value) => kafka.publish(record(topic, `caller ${name}`, value)),
          { discard: true }
        )
      yield* Effect.forEach(
        Array.from({ length: 40 }, (_, at) => at),
        caller,
        { concurrency: "unbounded" }
      )
      const stored = yield* (yield* KafkaBench).records(topic)
      assert.strictEqual(stored.length, 1200)
      for (let name = 0; name < 40; name++) {
        const values = stored.filter((it) => text(it.key) === `caller ${name}`).map((it) => Number(text(it.value)))
        assert.deepStrictEqual(
          values,
          Array.from({ length: 30 }, (_, at) => at)
        )
      }
    })
  )

  it.effect("SPEC 2.1: only a record that is too large is refused", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const kafka = yield* openPublisher
      const values = ["before", "x".repeat(1_100_000), "after"]
      const results = yield* Effect.forEach(
        values,
        (value) =>
          kafka.publish(record(topic, "a", value)).pipe(
            Effect.as("sent"),
            Effect.catch((error) => Effect.succeed(error.reason))
          ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(results, ["sent", "TooLarge", "sent"])
      const stored = yield* (yield* KafkaBench).records(topic)
      assert.deepStrictEqual(
        stored.map((it) => text(it.value)),
        ["before", "after"]
      )
    })
  )

  it.effect("CONTRACT Records: records that together fill more than one batch are all sent", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const kafka = yield* openPublisher
      const value = "x".repeat(300_000)
      yield* Effect.forEach(
        Array.from({ length: 12 }, (_, at) => `${at}`),
        (key) => kafka.publish(record(topic, key, value)),
        { concurrency: "unbounded" }
      )
      const stored = yield* (yield* KafkaBench).records(topic)
      assert.deepStrictEqual(
        stored.map((it) => Number(text(it.key))).sort((a, b) => a - b),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
      )
    })
  )

  it.effect("CONTRACT Dead letter: tombstones, binary keys, values and headers arrive byte by byte", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const bytes = Uint8Array.of(0, 255, 128, 10, 0xc3, 0x28)
      const received: Array<KafkaRecord> = []
      const { kafka } = yield* openMember({
        topics: [topic],
        group: fresh("group"),
        receive: (it) => ({ key: undefined, run: Effect.sync(() => void received.push(it)) })
      })
      yield* kafka.publish({ topic, key: bytes, value: bytes, headers: { binary: bytes, text: "não", empty: "" } })
      yield* kafka.publish({ topic, key: "tombstone", value: null, headers: {} })
      yield* kafka.publish({ topic, key: null, value: "", headers: {} })
      yield* eventually(
        "all",
        Effect.sync(() => received.length),
        (count) => count === 3
      )
      const plain = received
        .sort((a, b) => a.offset - b.offset)
        .map((it) => ({
          offset: it.offset,
          key: it.key && [...it.key],
          value: it.value && [...it.value],
          headers: Object.fromEntries(Array.from(it.headers, ({ name, value }) => [text(name), value && [...value]]))
        }))
      const headers = { binary: [...bytes], text: [0x6e, 0xc3, 0xa3, 0x6f], empty: [] }
      assert.deepStrictEqual(plain, [
        { offset: 0, key: [...bytes], value: [...bytes], headers },
        { offset: 1, key: [..."tombstone"].map((it) => it.charCodeAt(0)), value: null, headers: {} },
        { offset: 2, key: null, value: [], headers: {} }
      ])
    })
  )
}
