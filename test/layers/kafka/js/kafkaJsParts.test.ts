import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, type LogEntry } from "kafkajs"

import type { Admin } from "../../../../src/layers/kafka/js/Admin.ts"
import { failureOf, verdictOf } from "../../../../src/layers/kafka/js/Admin.ts"
import { configOf, longerSession, shortestSession } from "../../../../src/layers/kafka/js/client.ts"
import { logEntry } from "../../../../src/layers/kafka/js/client.ts"
import { KafkaJs } from "../../../../src/layers/kafka/js/KafkaJs.ts"
import {
  fetchAllPositions,
  fetchPositions,
  recordsAhead,
  startPositions
} from "../../../../src/layers/kafka/js/offsets.ts"
import { patchKafkaJs } from "../../../../src/layers/kafka/js/patch.ts"
import { toMessage } from "../../../../src/layers/kafka/js/recordCodec.ts"
import { makeThrottledWarning } from "../../../../src/layers/kafka/js/ThrottledWarning.ts"
import type { PartitionPosition } from "../../../../src/services/Kafka.ts"
import { Kafka } from "../../../../src/services/Kafka.ts"
import { settings, SettingsTest } from "../../../support/settings.ts"
import { fakeKafkaJs } from "./fakeKafkaJs.ts"

const protocolError = (type: string) =>
  new KafkaJSProtocolError(Object.assign(new Error(`message of ${type}`), { type, code: 1, retriable: false }))

it("DESIGN Kafka intake: brokers that refuse a session of 7 s are asked for the next longer one", () => {
  assert.strictEqual(shortestSession, 7000)
  assert.deepStrictEqual([7000, 10_000, 300_000].map(longerSession), [10_000, 15_000, 300_000])
})

describe("the parts of KafkaJs that need no broker", () => {
  it("docs/kafka.md: the patches refuse a kafkajs whose internals were not read", () => {
    assert.throws(() => patchKafkaJs("2.2.5"), /kafkajs 2\.2\.5 is installed.*2\.2\.4/)
    assert.doesNotThrow(() => patchKafkaJs())
  })

  it("CONTRACT KAFKA_SSL, KAFKA_SASL: reach kafkajs; without them there is neither", () => {
    const password = Redacted.make("not for logs")
    for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
      const { kafka } = settings({ kafka: { ssl: true, sasl: { mechanism, username: "user", password } } })
      const config = configOf(kafka)
      assert.deepStrictEqual(
        [config.ssl, config.sasl],
        [true, { mechanism, username: "user", password: "not for logs" }]
      )
    }
    const plain = configOf(settings().kafka)
    assert.deepStrictEqual([plain.ssl, "sasl" in plain, plain.brokers], [false, false, ["127.0.0.1:1"]])
  })

  it("CONTRACT Dead letter: bytes within a larger buffer are sent without the bytes around them", () => {
    const bytes = new TextEncoder().encode("xxvaluexx").subarray(2, 7)
    const { value, key } = toMessage({ topic: "topic", key: bytes, value: bytes, headers: {} })
    assert.deepStrictEqual([String(key), String(value)], ["value", "value"])
  })

  it.each([
    ["MESSAGE_TOO_LARGE", "too-large"],
    ["INVALID_RECORD", "refused"],
    ["TOPIC_AUTHORIZATION_FAILED", "forbidden"],
    ["OUT_OF_ORDER_SEQUENCE_NUMBER", "fatal"],
    ["NOT_LEADER_FOR_PARTITION", "again"],
    ["UNKNOWN_TOPIC_OR_PARTITION", "again"]
  ] as const)("SPEC 7.3: %s under kafkajs's own errors is %s", (type, verdict) => {
    const inner = new KafkaJSNonRetriableError(protocolError(type))
    Object.assign(inner, { cause: protocolError(type) })
    const failure = failureOf(new KafkaJSNumberOfRetriesExceeded(inner, { retryCount: 1, retryTime: 1 }))
    assert.deepStrictEqual([failure.code, failure.detail, verdictOf(failure)], [type, `message of ${type}`, verdict])
  })

  it("SPEC 7.3: an error that is not a protocol error is tried again", () => {
    assert.strictEqual(verdictOf(failureOf(new Error("connect ECONNREFUSED"))), "again")
    assert.strictEqual(failureOf("text").detail, "text")
  })

  const cluster = "cluster"
  const inKnown: PartitionPosition = { topic: "known", partition: 0, earliest: 5, end: 50, committed: 40, cluster }
  const added: PartitionPosition = { topic: "known", partition: 1, earliest: 0, end: 7, committed: undefined, cluster }
  const fresh: PartitionPosition = { topic: "fresh", partition: 0, earliest: 2, end: 30, committed: undefined, cluster }
  const offsetsByTime: Admin = {
    use: <A>(ask: Parameters<Admin["use"]>[0]) =>
      Effect.promise(
        () => ask({ fetchTopicOffsetsByTimestamp: async () => [{ partition: 0, offset: "12" }] } as never) as Promise<A>
      )
  }

  it.effect.each([
    ["earliest", {}, 10 + 7 + 28],
    ["latest", { "fresh/0": 30 }, 10 + 7],
    [1_763_866_000_123, { "fresh/0": 12 }, 10 + 7 + 18]
  ] as const)(
    "CONTRACT KAFKA_START_AT %s: moves only topics of which the group has nothing",
    ([startAt, starts, ahead]) =>
      Effect.gen(function* () {
        const positions = [inKnown, added, fresh]
        const known = new Set(["known"])
        const found = yield* startPositions(offsetsByTime, startAt, {
          positions,
          known,
          unreached: [],
          fixed: new Map()
        })
        assert.deepStrictEqual(Object.fromEntries(found), starts)
        assert.strictEqual(recordsAhead(positions, found), ahead)
      })
  )

  it.effect("CONTRACT KAFKA_START_AT: a new group waits for every leader, or it would begin at the wrong record", () =>
    Effect.gen(function* () {
      const unreached = [{ topic: "fresh", partitions: [1], reason: "broker 2 does not answer: away" }]
      const from = (startAt: "earliest" | "latest", known: ReadonlyArray<string>) =>
        startPositions(offsetsByTime, startAt, {
          positions: [fresh],
          known: new Set(known),
          unreached,
          fixed: new Map()
        })
      assert.strictEqual((yield* from("earliest", [])).size, 0)
      assert.strictEqual((yield* from("latest", ["fresh"])).size, 0)
      assert.strictEqual(
        (yield* Effect.flip(from("latest", []))).message,
        "Unreached: fresh/1: broker 2 does not answer: away"
      )
    })
  )

  it.effect("SPEC 9.10: the position of one partition does not wait for the leader of another", () =>
    Effect.gen(function* () {
      const { admin, fake } = fakeKafkaJs()
      fake.unreachable.set(1, new Error("gone"))
      assert.deepStrictEqual(yield* fetchAllPositions(admin, "group", ["topic"], 0), [
        { topic: "topic", partition: 0, committed: 0, earliest: 0, end: 1000, cluster: "cluster" }
      ])
      const failure = (partition?: number) => Effect.flip(fetchAllPositions(admin, "group", ["topic"], partition))
      const words = "Unreached: topic/1: broker 2 does not answer: Error: gone"
      assert.strictEqual((yield* failure(1)).message, words)
      assert.strictEqual((yield* failure()).message, words)
    })
  )

  it.effect("CONTRACT GET /api/audit: a partition whose leader is away is named, and the others are surveyed", () =>
    Effect.gen(function* () {
      const { admin, fake } = fakeKafkaJs()
      fake.unreachable.set(1, new Error("gone"))
      const { positions, unreached } = yield* fetchPositions(admin, "group", ["topic"])
      assert.deepStrictEqual(
        positions.map(({ partition }) => partition),
        [0]
      )
      assert.deepStrictEqual(unreached, [
        { topic: "topic", partitions: [1], reason: "broker 2 does not answer: Error: gone" }
      ])
    })
  )

  it("CONTRACT KAFKA_START_AT: records that retention has deleted are not ahead", () => {
    assert.strictEqual(recordsAhead([{ ...inKnown, committed: 1 }], new Map()), 45)
    assert.strictEqual(recordsAhead([{ ...inKnown, committed: 60 }], new Map()), 0)
  })

  it.effect("SPEC 9.1: an outage is one log line when it starts, one every 10 s, and one when it has ended", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ message, logLevel }) => void lines.push(`${logLevel} ${String(message)}`))
      const away = makeThrottledWarning("away", "back")
      yield* Effect.gen(function* () {
        yield* away.over
        for (let second = 0; second < 15; second++) {
          yield* away.about(`${second}`)
          yield* TestClock.adjust("1 second")
        }
        yield* away.over
        yield* away.over
        yield* away.about("again")
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(lines, ["Warn away: 0", "Warn away: 10", "Info back", "Warn away: again"])
    })
  )

  it.effect("SPEC 9.6: kafkajs's log lines keep their level, but no payload and no stack; routine is debugging", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.map(
        Logger.formatLogFmt,
        (line) => void lines.push(line.replace(/^.*level=(\w+) fiber=#\d+/, "$1"))
      )
      const entry = (level: number, message: string): LogEntry => ({
        namespace: "Consumer",
        level,
        label: "",
        log: { timestamp: "", message, payload: "phone", stack: "stack", topic: "topic" }
      })
      yield* Effect.gen(function* () {
        yield* logEntry(entry(1, "Error when calling eachBatch"))
        yield* logEntry(entry(2, "Consumer group received unsubscribed topics"))
        yield* logEntry(entry(4, "Starting"))
        yield* logEntry(entry(1, "Connection error: connect ECONNREFUSED 127.0.0.1:1"))
      }).pipe(Effect.provide(Logger.layer([logger])))
      const fields = "logger=kafkajs namespace=Consumer topic=topic"
      assert.deepStrictEqual(lines, [
        `ERROR message="Error when calling eachBatch" ${fields}`,
        `WARN message="Consumer group received unsubscribed topics" ${fields}`
      ])
    })
  )

  it.effect("SPEC 9.1: the layer is built without a broker", () =>
    Effect.gen(function* () {
      assert.isFunction((yield* Kafka).publish)
    }).pipe(Effect.provide(Layer.provide(KafkaJs, SettingsTest())))
  )
})
