import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Latch, Logger } from "effect"

import {
  committedIs,
  eventually,
  fresh,
  freshTopic,
  KafkaBench,
  openMember,
  openPublisher,
  produceAll,
  record,
  text
} from "../contracts/kafkaBench.ts"
import { FaultyBench, OwnBroker } from "./kafkaBroker.ts"
import { RealBrokers } from "./kafkaReal.ts"

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at)

layer(FaultyBench, { excludeTestServices: true, timeout: "90 seconds" })(
  "Kafka: kafkajs and a broker with faults",
  (it) => {
    it.effect("SPEC 9.1: without a broker at start it waits, logs it, and continues by itself", () =>
      Effect.gen(function* () {
        const broker = yield* OwnBroker
        const topic = yield* freshTopic(2)
        const group = fresh("group")
        const lines: Array<string> = []
        const logger = Logger.make(({ message }) => void lines.push(String(message)))
        yield* broker.stop
        const { kafka, consumer } = yield* openMember(
          { topics: [topic], group, receive: () => ({ key: undefined, run: Effect.void }) },
          false
        ).pipe(Effect.provide(Logger.layer([logger])))
        const publishing = yield* Effect.forkChild(kafka.publish(record(topic, "a", "1")))
        const said = `Kafka brokers ${broker.address} do not answer`
        yield* eventually(
          "said so",
          Effect.sync(() => lines),
          (all) => all.some((line) => line.startsWith(said))
        )
        const status = yield* consumer.status
        assert.deepStrictEqual([status.joined, status.connected, publishing.pollUnsafe()], [false, false, undefined])
        yield* broker.start
        yield* Fiber.join(publishing)
        yield* eventually("joined", consumer.status, (it) => it.joined && it.connected)
        const bench = yield* KafkaBench
        yield* eventually("committed", bench.committed(group, topic), (all) => all.some((offset) => offset === 1))
      })
    )

    it.effect(
      "SPEC 9.1: a broker killed under load loses nothing, keeps order per key, and publishes nothing twice",
      () =>
        Effect.gen(function* () {
          const broker = yield* OwnBroker
          const [topic, out] = [yield* freshTopic(3), yield* freshTopic(3)]
          const group = fresh("group")
          const seen = new Map<string, Array<number>>()
          const kafka = yield* openPublisher
          const { consumer } = yield* openMember({
            topics: [topic],
            group,
            maxInFlight: 16,
            receive: ({ key: bytes, value }) => {
              const key = text(bytes) ?? ""
              const note = Effect.sync(() => void seen.set(key, [...(seen.get(key) ?? []), Number(text(value))]))
              const publish = kafka.publish(record(out, key, text(value) ?? "")).pipe(Effect.orDie)
              return { key, run: Effect.andThen(publish, note) }
            }
          })
          const records = numbers(600).map((n) => record(topic, `key${n % 20}`, `${n}`))
          yield* produceAll(records.slice(0, 300))
          yield* broker.kill
          yield* eventually("noticed", consumer.status, (it) => !it.connected)
          yield* broker.start
          yield* produceAll(records.slice(300))
          yield* eventually(
            "all",
            Effect.sync(() => new Set([...seen.values()].flat()).size),
            (count) => count === 600
          )
          // A record whose commit was lost is delivered again, but the first deliveries are in order.
          for (let key = 0; key < 20; key++) {
            assert.deepStrictEqual(
              [...new Set(seen.get(`key${key}`))],
              numbers(30).map((n) => n * 20 + key)
            )
          }
          const deliveries = [...seen.values()].flat().length
          const published = yield* (yield* KafkaBench).records(out)
          assert.strictEqual(published.length, deliveries)
        })
    )

    it.effect("SPEC 9.4: a shutdown without brokers ends in time, with work that cannot be committed", () =>
      Effect.gen(function* () {
        const broker = yield* OwnBroker
        const [topic, out, other] = [yield* freshTopic(1), yield* freshTopic(1), yield* freshTopic(1)]
        const gate = yield* Latch.make()
        const started: Array<string> = []
        const { kafka, close } = yield* openMember({
          topics: [topic],
          group: fresh("group"),
          drain: 1000,
          receive: ({ value }) => {
            const begin = Effect.sync(() => void started.push(text(value) ?? ""))
            return { key: undefined, run: Effect.andThen(begin, gate.await) }
          }
        })
        for (const it of [out, other]) yield* kafka.publish(record(it, "a", "acknowledged"))
        yield* produceAll([record(topic, "a", "1")])
        yield* eventually(
          "at work",
          Effect.sync(() => started.length),
          (count) => count === 1
        )
        yield* broker.kill
        yield* gate.open
        const publishing = yield* Effect.forEach([out, other], (it) =>
          Effect.forkChild(kafka.publish(record(it, "a", "")))
        )
        // The rest of `SHUTDOWN_GRACE` after the drain and the attempts in progress.
        const closed = yield* Effect.timeoutOption(close, "5 seconds")
        yield* Fiber.interruptAll(publishing)
        yield* broker.start
        assert.strictEqual(closed._tag, "Some")
      })
    )

    it.effect.each(["none", "gzip", "snappy", "lz4", "zstd"])(
      "docs/kafka.md: batches that a Java producer compressed with %s are read",
      (codec) =>
        Effect.gen(function* () {
          const broker = yield* OwnBroker
          const topic = yield* freshTopic(1)
          const group = fresh("group")
          const seen: Array<string> = []
          yield* openMember({
            topics: [topic],
            group,
            receive: ({ value }) => ({ key: undefined, run: Effect.sync(() => void seen.push(text(value) ?? "")) })
          })
          const values = numbers(3000).map((n) => `pedido ${n} entregue amanhã ${"x".repeat(n % 200)}`)
          yield* broker.cli(
            ["produce", "--topic", topic, "--compression-codec", codec, "--batch-size", "200000"],
            values.join("\n")
          )
          yield* committedIs(group, topic, [3000])
          assert.deepStrictEqual(seen, values)
        })
    )

    it.effect(
      "docs/kafka.md: transactions: aborted records are not delivered, and their markers do not stay as lag",
      () =>
        Effect.gen(function* () {
          const { client } = yield* RealBrokers
          const topic = yield* freshTopic(1)
          const group = fresh("group")
          const seen: Array<string> = []
          const { consumer } = yield* openMember({
            topics: [topic],
            group,
            receive: ({ value }) => ({ key: undefined, run: Effect.sync(() => void seen.push(text(value) ?? "")) })
          })
          const producer = client.producer({ transactionalId: fresh("tx"), idempotent: true, maxInFlightRequests: 1 })
          yield* Effect.promise(() => producer.connect())
          const transact = async (end: "commit" | "abort", values: ReadonlyArray<string>) => {
            const transaction = await producer.transaction()
            await transaction.send({ topic, messages: values.map((value) => ({ value })) })
            await transaction[end]()
          }
          yield* Effect.promise(() => transact("commit", ["1", "2"]))
          yield* committedIs(group, topic, [3])
          yield* Effect.promise(() => transact("abort", ["3", "4"]))
          yield* committedIs(group, topic, [6])
          yield* Effect.promise(() => producer.disconnect())
          assert.deepStrictEqual(seen, ["1", "2"])
          yield* eventually(
            "no lag",
            consumer.status,
            (it) => it.lag.length === 1 && it.lag.every((lag) => lag.lag === 0)
          )
        })
    )

    it.effect("SPEC 2.1: after the limit of a topic was lowered, only the record above it is refused", () =>
      Effect.gen(function* () {
        const { client } = yield* RealBrokers
        const topic = yield* freshTopic(1)
        const kafka = yield* openPublisher
        yield* kafka.publish(record(topic, "a", "first"))
        const admin = client.admin()
        yield* Effect.promise(() => admin.connect())
        const configEntries = [{ name: "max.message.bytes", value: "5000" }]
        yield* Effect.promise(() =>
          admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] })
        )
        yield* Effect.promise(() => admin.disconnect())
        const values = ["a", "b", "c".repeat(6000), "d", "e"]
        const results = yield* Effect.forEach(
          values,
          (value) =>
            kafka.publish(record(topic, "a", value)).pipe(
              Effect.as("sent"),
              Effect.catch((error) => Effect.succeed(error.reason))
            ),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(results, ["sent", "sent", "TooLarge", "sent", "sent"])
        const stored = yield* (yield* KafkaBench).records(topic)
        assert.deepStrictEqual(
          stored.map((it) => text(it.value)),
          ["first", "a", "b", "d", "e"]
        )
      })
    )
  }
)
