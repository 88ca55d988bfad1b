import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Latch, Layer } from "effect"
import { TestClock } from "effect/testing"

import {
  KafkaMemory,
  KafkaMemoryBroker,
  type MemoryBrokerOptions
} from "../../../../src/layers/kafka/memory/KafkaMemory.ts"
import { Kafka, type KafkaRecord } from "../../../../src/services/Kafka.ts"
import { readOn } from "../../../contracts/kafkaBench.ts"
import { SettingsTest } from "../../../support/settings.ts"

const record = (value: string) => ({ topic: "topic", key: "key", value, headers: {} })
const text = (it: KafkaRecord) => new TextDecoder().decode(it.value ?? new Uint8Array())

/** A further program on the same brokers. */
const program = Effect.map(Layer.build(Layer.fresh(Layer.provide(KafkaMemory, SettingsTest()))), (context) =>
  Context.get(context, Kafka)
)

const consumeInto = Effect.fnUntraced(function* (kafka: Kafka["Service"], seen: Array<string>) {
  const consumer = yield* kafka.consume({
    topics: ["topic"],
    maxInFlight: 8,
    drain: 1000,
    onAssigned: readOn,
    onGap: () => Effect.void,
    receive: (it) => ({ key: undefined, run: Effect.sync(() => void seen.push(text(it))) })
  })
  yield* TestClock.adjust(0)
  return consumer
})

const onBroker = (options: MemoryBrokerOptions = {}) =>
  Effect.provide(KafkaMemoryBroker.layer({ partitions: 1, ...options }))

describe("KafkaMemory under the test clock", () => {
  it.effect("SPEC 9.1: without brokers nothing is read or acknowledged; then everything is", () =>
    Effect.gen(function* () {
      const broker = yield* KafkaMemoryBroker
      const kafka = yield* program
      const seen: Array<string> = []
      const consumer = yield* consumeInto(kafka, seen)
      yield* broker.setReachable(false)
      yield* broker.append(record("1"))
      const publishing = yield* Effect.forkChild(kafka.publish(record("2")))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(
        [seen, publishing.pollUnsafe(), (yield* consumer.status).connected],
        [[], undefined, false]
      )
      yield* broker.setReachable(true)
      yield* Fiber.join(publishing)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual([seen, (yield* consumer.status).connected], [["1", "2"], true])
      assert.deepStrictEqual(yield* broker.committed("brom-ctx", "topic"), [2])
    }).pipe(onBroker())
  )

  it.effect(
    "SPEC 9.3: a killed program receives and commits nothing more; the next one starts at the committed offset",
    () =>
      Effect.gen(function* () {
        const broker = yield* KafkaMemoryBroker
        const kafka = yield* program
        const [first, second]: [Array<string>, Array<string>] = [[], []]
        yield* consumeInto(kafka, first)
        yield* broker.append(record("1"))
        yield* TestClock.adjust(0)
        yield* broker.kill
        yield* broker.append(record("2"))
        const publishing = yield* Effect.forkChild(kafka.publish(record("3")))
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual([first, publishing.pollUnsafe()], [["1"], undefined])
        yield* consumeInto(yield* program, second)
        assert.deepStrictEqual([first, second], [["1"], ["2"]])
        assert.deepStrictEqual(yield* broker.committed("brom-ctx", "topic"), [2])
      }).pipe(onBroker())
  )

  it.effect("SPEC 9.3: records that ended since the last commit are delivered again after a kill", () =>
    Effect.gen(function* () {
      const broker = yield* KafkaMemoryBroker
      const [first, second]: [Array<string>, Array<string>] = [[], []]
      yield* consumeInto(yield* program, first)
      yield* broker.append(record("1"))
      yield* TestClock.adjust(500)
      yield* broker.append(record("2"))
      yield* TestClock.adjust(0)
      yield* broker.kill
      yield* consumeInto(yield* program, second)
      assert.deepStrictEqual([first, second], [["1", "2"], ["2"]])
    }).pipe(onBroker({ commitEvery: 500 }))
  )

  it.effect(
    "DESIGN Kafka intake: a rebalance commits records that have ended, so that they are not delivered again",
    () =>
      Effect.gen(function* () {
        const broker = yield* KafkaMemoryBroker
        const [first, second]: [Array<string>, Array<string>] = [[], []]
        yield* consumeInto(yield* program, first)
        yield* broker.append(record("1"))
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(yield* broker.committed("brom-ctx", "topic"), [0])
        yield* consumeInto(yield* program, second)
        assert.deepStrictEqual(yield* broker.committed("brom-ctx", "topic"), [1])
        assert.deepStrictEqual([first, second], [["1"], []])
      }).pipe(onBroker({ commitEvery: 500 }))
  )

  it.effect("CONTRACT Records: the broker's clock stamps records, and another producer may choose", () =>
    Effect.gen(function* () {
      const broker = yield* KafkaMemoryBroker
      yield* TestClock.setTime(5000)
      yield* (yield* program).publish(record("1"))
      yield* broker.append({ ...record("2"), timestamp: 7 })
      assert.deepStrictEqual(
        (yield* broker.records("topic")).map((it) => it.timestamp),
        [5000, 7]
      )
    }).pipe(onBroker())
  )

  it.effect("SPEC 9.3: a program killed before it has started never joins, so another one gets its partitions", () =>
    Effect.gen(function* () {
      const broker = yield* KafkaMemoryBroker
      yield* broker.createTopic("topic")
      const begun = yield* Latch.make()
      const options = { topics: ["topic"], maxInFlight: 8, drain: 1000, onGap: () => Effect.void }
      const dying = yield* program
      const receive = () => ({ key: undefined, run: Effect.void })
      yield* dying.consume({
        ...options,
        receive,
        onAssigned: (partition, commit) => Effect.andThen(begun.await, readOn(partition, commit))
      })
      yield* TestClock.adjust(0)
      yield* broker.kill
      yield* begun.open
      yield* TestClock.adjust(0)
      const seen: Array<string> = []
      yield* consumeInto(yield* program, seen)
      yield* broker.append(record("1"))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(seen, ["1"])
    }).pipe(Effect.scoped, onBroker())
  )
})
