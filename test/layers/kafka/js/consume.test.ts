import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Latch, Logger, Metric } from "effect"
import { TestClock } from "effect/testing"

import { consumeKafkaJs } from "../../../../src/layers/kafka/js/consume.ts"
import { FETCH_FAILED } from "../../../../src/layers/kafka/js/patch.ts"
import type { ConsumeOptions } from "../../../../src/services/Kafka.ts"
import { readOn } from "../../../contracts/kafkaBench.ts"
import { settings } from "../../../support/settings.ts"
import { fakeKafkaJs, message } from "./fakeKafkaJs.ts"

/** Lets the service's promises settle. No time passes. */
const settle = Effect.gen(function* () {
  for (let turn = 0; turn < 20; turn++) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
})
const pass = (millis: number) => Effect.andThen(TestClock.adjust(millis), settle)

const setUp = Effect.fnUntraced(function* (
  options: Partial<ConsumeOptions> = {},
  before: (fake: ReturnType<typeof fakeKafkaJs>["fake"]) => void = () => {},
  kafka: NonNullable<Parameters<typeof settings>[0]>["kafka"] = {}
) {
  const { fake, makeClient, admin } = fakeKafkaJs()
  before(fake)
  const received: Array<string> = []
  const consumer = yield* consumeKafkaJs(makeClient, admin, settings({ kafka }).kafka, ["topic"], {
    topics: ["topic"],
    maxInFlight: 2,
    drain: 1000,
    onAssigned: readOn,
    onGap: () => Effect.void,
    receive: ({ partition, offset }) => ({
      key: undefined,
      run: Effect.sync(() => void received.push(`${partition}:${offset}`))
    }),
    ...options
  })
  yield* settle
  return { fake, received, consumer }
})

describe("a member of the group, on a scripted kafkajs", () => {
  it.effect("SPEC 9.1: a crashed member is rebuilt after 1 s, growing to 30 s while it crashes at once", () =>
    Effect.gen(function* () {
      const { fake } = yield* setUp()
      const waits: Array<number> = []
      let crashedAt = yield* Clock.currentTimeMillis
      const crash = Effect.gen(function* () {
        const { connected } = fake
        crashedAt = yield* Clock.currentTimeMillis
        fake.emit("consumer.crash", { error: new Error("crash") })
        yield* settle
        while (fake.connected === connected) yield* pass(500)
        waits.push((yield* Clock.currentTimeMillis) - crashedAt)
      })
      for (let times = 0; times < 7; times++) yield* crash
      for (let seconds = 0; seconds < 61; seconds++) {
        fake.emit("consumer.heartbeat")
        yield* pass(1000)
      }
      yield* crash
      assert.deepStrictEqual(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 1000])
    })
  )

  it.effect("SPEC 9.1: the status says why the last attempt to join failed, until one succeeds", () =>
    Effect.gen(function* () {
      const { consumer, fake } = yield* setUp()
      const trouble = Effect.map(consumer.status, (status) => status.trouble)
      fake.join([0])
      assert.strictEqual(yield* trouble, "")
      const refused = Object.assign(new Error("Connection error: connect ECONNREFUSED 127.0.0.1:1"), {
        name: "KafkaJSConnectionError"
      })
      fake.emit("consumer.crash", { error: refused })
      yield* settle
      const words =
        "the last attempt failed: KafkaJSConnectionError: Connection error: connect ECONNREFUSED 127.0.0.1:1"
      assert.strictEqual(yield* trouble, words)
      yield* pass(1000)
      assert.strictEqual(yield* trouble, words)
      fake.join([0])
      assert.strictEqual(yield* trouble, "")
    })
  )

  it.effect("SPEC 9.1: a member whose leaders all refuse does not join, and the status says why", () =>
    Effect.gen(function* () {
      const refused = Object.assign(new Error("not permitted"), { type: "TOPIC_AUTHORIZATION_FAILED" })
      const { consumer, fake } = yield* setUp({}, (it) => {
        it.unreachable.set(0, refused).set(1, refused)
      })
      for (let times = 0; times < 11; times++) yield* pass(500)
      assert.strictEqual(fake.connected, 0)
      assert.deepStrictEqual(yield* consumer.status, {
        joined: false,
        connected: true,
        missingTopics: [],
        assigned: [],
        trouble:
          "the last attempt failed: Unreached: topic/0: broker 1 refuses: TOPIC_AUTHORIZATION_FAILED: not permitted; topic/1: broker 2 refuses: TOPIC_AUTHORIZATION_FAILED: not permitted",
        unreached: 0,
        lag: [],
        inFlight: { topic: 0 }
      })
    })
  )

  it.effect(
    "SPEC 9.1: a member whose group has not answered for a session time-out is not joined, until it answers",
    () =>
      Effect.gen(function* () {
        const { consumer, fake } = yield* setUp()
        const isJoined = Effect.map(consumer.status, ({ joined }) => joined)
        fake.join([0])
        yield* pass(6999)
        assert.isTrue(yield* isJoined)
        fake.emit("consumer.heartbeat")
        yield* pass(6999)
        assert.isTrue(yield* isJoined)
        yield* pass(1)
        assert.isFalse(yield* isJoined)
        fake.emit("consumer.heartbeat")
        assert.isTrue(yield* isJoined)
      })
  )

  it.effect(
    "SPEC 9.1: a failed commit is counted each time, and logged when the failures begin and when they end",
    () =>
      Effect.gen(function* () {
        const lines: Array<unknown> = []
        const logger = Logger.make(({ message, logLevel }) => void lines.push([logLevel, String(message)]))
        yield* Effect.gen(function* () {
          const { fake } = yield* setUp()
          fake.join([0])
          yield* settle
          lines.length = 0
          fake.answer = () => Promise.reject(Object.assign(new Error("fenced"), { type: "ILLEGAL_GENERATION" }))
          yield* Effect.promise(() => fake.batch(0, 0, [message(0)], 0))
          for (let times = 0; times < 3; times++) yield* pass(500)
          fake.answer = () => Promise.resolve()
          yield* pass(500)
          assert.deepStrictEqual(fake.commits, ["0:1", "0:1", "0:1", "0:1"])
        }).pipe(Effect.provide(Logger.layer([logger])))
        assert.deepStrictEqual(lines, [
          ["Warn", "offset commits fail, retrying: ILLEGAL_GENERATION: fenced"],
          ["Info", "offset commits succeed again"]
        ])
        const counted = Metric.snapshotUnsafe(yield* Effect.context()).find(
          ({ id }) => id === "ctx_commit_failures_total"
        )
        assert.deepStrictEqual(
          [counted?.attributes, counted?.state],
          [{ code: "ILLEGAL_GENERATION" }, { count: 3, incremental: true }]
        )
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("SPEC 9.1: a member that the group does not answer for 45 s is rebuilt, while the brokers answer", () =>
    Effect.gen(function* () {
      const { fake } = yield* setUp()
      fake.join([0])
      yield* settle
      for (let times = 0; times < 3; times++) {
        for (let seconds = 0; seconds < 44; seconds++) yield* pass(1000)
        fake.emit("consumer.heartbeat")
      }
      assert.strictEqual(fake.connected, 1)
      for (let seconds = 0; seconds < 48; seconds++) yield* pass(1000)
      assert.strictEqual(fake.connected, 2)
    })
  )

  it.effect("SPEC 9.1: nothing is committed for a partition that the brokers do not report, until they do", () =>
    Effect.gen(function* () {
      const { fake } = yield* setUp()
      // Partition 2 was added: the admin does not know of it yet, and does not ask for it.
      fake.join([0, 2])
      yield* settle
      yield* pass(1000)
      assert.deepStrictEqual([fake.commits, fake.sought, fake.reading.get(2)], [[], [], false])
      fake.committed.set(2, "7")
      yield* pass(1000)
      assert.deepStrictEqual(
        [fake.commits, fake.sought, fake.reading.get(2)],
        [
          [],
          [
            [0, "0"],
            [2, "7"]
          ],
          true
        ]
      )
    })
  )

  it.effect(
    "SPEC 9.1: a leader that does not answer holds its own partitions, is named, and is tried each second",
    () =>
      Effect.gen(function* () {
        const lines: Array<readonly [level: string, text: string]> = []
        const logger = Logger.make(({ message, logLevel }) => void lines.push([logLevel, String(message)]))
        yield* Effect.gen(function* () {
          const refused = Object.assign(new Error("Connection error: connect ECONNREFUSED 127.0.0.1:1"), {
            name: "KafkaJSConnectionError"
          })
          const words =
            "topic/1: broker 2 does not answer: KafkaJSConnectionError: Connection error: connect ECONNREFUSED 127.0.0.1:1"
          const { fake, consumer } = yield* setUp({}, (it) => it.unreachable.set(1, refused))
          const state = Effect.map(consumer.status, ({ lag, trouble, unreached }) => [trouble, unreached, lag.length])
          // The consumer asks for a moment whether there is a leader.
          for (let times = 0; times < 3; times++) yield* pass(500)
          assert.strictEqual(fake.connected, 1)
          fake.join([0, 1])
          yield* settle
          assert.deepStrictEqual(
            [...fake.reading],
            [
              [0, true],
              [1, false]
            ]
          )
          assert.deepStrictEqual(yield* state, [`partitions wait for their leader: ${words}`, 1, 0])
          yield* pass(10_000)
          assert.deepStrictEqual(yield* state, [`partitions wait for their leader: ${words}`, 1, 1])
          fake.unreachable.clear()
          yield* pass(1000)
          assert.deepStrictEqual(
            [...fake.reading],
            [
              [0, true],
              [1, true]
            ]
          )
          yield* pass(10_000)
          assert.deepStrictEqual(yield* state, ["", 0, 2])
          assert.deepStrictEqual(
            lines.filter(([level]) => level === "Warn"),
            [["Warn", `partitions wait for their leader, the others continue: ${words}`]]
          )
          assert.deepStrictEqual(lines.at(-1), ["Info", "the leader of every partition answers again"])
        }).pipe(Effect.provide(Logger.layer([logger])))
      })
  )

  it.effect("SPEC 9.1: a member that cannot ask where to continue reads nothing, counts as joining, and says why", () =>
    Effect.gen(function* () {
      const lines: Array<readonly [level: string, text: string]> = []
      const logger = Logger.make(({ message, logLevel }) => void lines.push([logLevel, String(message)]))
      yield* Effect.gen(function* () {
        const { fake, consumer } = yield* setUp()
        const state = Effect.map(consumer.status, ({ joined, trouble }) => [joined, trouble])
        const gone = Object.assign(new Error("gone"), { name: "KafkaJSConnectionError" })
        fake.unreachableCoordinator = gone
        fake.join([0, 1])
        yield* settle
        const heldUp = [false, "the last attempt failed: KafkaJSConnectionError: gone"]
        assert.deepStrictEqual(yield* state, heldUp)
        for (let seconds = 0; seconds < 12; seconds++) {
          fake.emit("consumer.heartbeat")
          yield* pass(1000)
        }
        assert.deepStrictEqual(yield* state, heldUp)
        fake.unreachableCoordinator = undefined
        yield* pass(1000)
        assert.deepStrictEqual([...fake.reading.values()], [true, true])
        assert.deepStrictEqual(yield* state, [true, ""])
        const told = lines.filter(([, text]) => text.startsWith("start position"))
        const warning: (typeof lines)[number] = ["Warn", "start position not settled: KafkaJSConnectionError: gone"]
        assert.deepStrictEqual(told, [warning, warning, ["Info", "start positions settled"]])
      }).pipe(Effect.provide(Logger.layer([logger])))
    })
  )

  it.effect("SPEC 9.1: if all leaders stop answering a member, they are counted and named", () =>
    Effect.gen(function* () {
      const { fake, consumer } = yield* setUp()
      fake.join([0, 1])
      yield* pass(10_000)
      const gone = Object.assign(new Error("gone"), { name: "KafkaJSConnectionError" })
      fake.unreachable.set(0, gone).set(1, gone)
      yield* pass(10_000)
      const { lag, trouble, unreached } = yield* consumer.status
      assert.deepStrictEqual(
        [unreached, trouble, lag.length],
        [
          2,
          "partitions wait for their leader: topic/0: broker 1 does not answer: KafkaJSConnectionError: gone; topic/1: broker 2 does not answer: KafkaJSConnectionError: gone",
          2
        ]
      )
    })
  )

  it.effect(
    "CONTRACT ctx_kafka_lag: a partition whose leader does not answer has no lag here once another member has it",
    () =>
      Effect.gen(function* () {
        const { fake, consumer } = yield* setUp()
        fake.join([0, 1])
        yield* pass(10_000)
        fake.unreachable.set(1, new Error("gone"))
        fake.join([0])
        yield* pass(10_000)
        const { lag } = yield* consumer.status
        assert.deepStrictEqual(lag, [{ topic: "topic", partition: 0, lag: 1000 }])
      })
  )

  it.effect("SPEC 9.1: a partition whose leader answers again does not wait for others that are not settled", () =>
    Effect.gen(function* () {
      const gate = yield* Latch.make()
      const { fake } = yield* setUp({
        onAssigned: (assigned, commit) =>
          assigned.partition === 0 ? Effect.andThen(gate.await, readOn(assigned, commit)) : readOn(assigned, commit)
      })
      fake.unreachable.set(1, new Error("gone"))
      fake.join([0, 1])
      yield* settle
      fake.unreachable.clear()
      yield* pass(1000)
      assert.deepStrictEqual(
        [...fake.reading],
        [
          [0, false],
          [1, true]
        ]
      )
      yield* gate.open
      yield* settle
      assert.isTrue(fake.reading.get(0))
    })
  )

  it.effect("docs/kafka.md: a crash forgets its records: they come again, and their earlier ends do not count", () =>
    Effect.gen(function* () {
      const gate = yield* Latch.make()
      const begun: Array<number> = []
      const receive: ConsumeOptions["receive"] = ({ offset }) => {
        const begin = Effect.sync(() => void begun.push(offset))
        return { key: undefined, run: Effect.andThen(begin, gate.await) }
      }
      const { fake, consumer } = yield* setUp({ receive })
      fake.join([0])
      yield* settle
      yield* Effect.promise(() => fake.batch(0, 0, [message(0), message(1), message(2)], 2))
      fake.emit("consumer.crash", { error: new Error("crash") })
      yield* settle
      assert.isFalse((yield* consumer.status).joined)
      // Another member may have the partitions by now, so tasks that waited for a place do not begin.
      yield* gate.open
      yield* pass(1000)
      assert.deepStrictEqual(begun, [0, 1])
      fake.join([0], "another")
      yield* settle
      yield* pass(500)
      assert.deepStrictEqual(fake.commits, [])
      yield* Effect.promise(() => fake.batch(0, 0, [message(0)], 0))
      yield* pass(500)
      assert.deepStrictEqual(fake.commits, ["0:1"])
    })
  )

  it.effect("docs/kafka.md: a commit that is answered in a later generation is sent again in that one", () =>
    Effect.gen(function* () {
      const { fake } = yield* setUp()
      const answers: Array<() => void> = []
      fake.answer = () => new Promise((resolve) => void answers.push(resolve))
      fake.join([0])
      yield* settle
      yield* Effect.promise(() => fake.batch(0, 0, [message(0)], 0))
      yield* pass(500)
      fake.join([0])
      yield* settle
      answers[0]?.()
      yield* settle
      yield* pass(500)
      answers[1]?.()
      yield* settle
      yield* pass(500)
      assert.deepStrictEqual(fake.commits, ["0:1", "0:1"])
    })
  )

  it.effect("docs/kafka.md: ended records are committed when a rebalance starts, not half a second later", () =>
    Effect.gen(function* () {
      const { fake } = yield* setUp()
      fake.join([0])
      yield* settle
      yield* Effect.promise(() => fake.batch(0, 0, [message(0), message(1)], 1))
      assert.deepStrictEqual(fake.commits, [])
      fake.emit("consumer.rebalancing")
      yield* settle
      assert.deepStrictEqual(fake.commits, ["0:2"])
    })
  )

  it.effect("docs/kafka.md: a new generation seeks kept partitions, and takes no batch of the others", () =>
    Effect.gen(function* () {
      const { fake, received } = yield* setUp()
      fake.join([0, 1])
      yield* settle
      yield* Effect.promise(() => fake.batch(0, 0, [message(0), message(1)], 1))
      fake.join([0])
      yield* settle
      yield* Effect.promise(() => fake.batch(1, 0, [message(0)], 0))
      assert.deepStrictEqual([fake.sought.slice(2), received], [[[0, "2"]], ["0:0", "0:1"]])
    })
  )

  it.effect(
    "docs/kafka.md: a member that the group had dropped keeps nothing, because another one may have had it",
    () =>
      Effect.gen(function* () {
        const { fake, received } = yield* setUp()
        fake.join([0], "first")
        yield* settle
        yield* Effect.promise(() => fake.batch(0, 0, [message(0), message(1)], 1))
        fake.join([0], "second")
        yield* settle
        assert.deepStrictEqual(fake.sought, [
          [0, "0"],
          [0, "0"]
        ])
        // It is read from the committed position on, whatever it had read before.
        yield* Effect.promise(() => fake.batch(0, 0, [message(0), message(1)], 1))
        assert.deepStrictEqual(received, ["0:0", "0:1", "0:0", "0:1"])
      })
  )

  it.effect(
    "docs/kafka.md: records that were deleted before they were read are one error, and reading continues after them",
    () =>
      Effect.gen(function* () {
        const errors: Array<unknown> = []
        const logger = Logger.make(({ message, logLevel }) => void (logLevel === "Error" && errors.push(message)))
        yield* Effect.gen(function* () {
          const { fake, received } = yield* setUp()
          fake.join([0])
          yield* settle
          yield* Effect.promise(() => fake.batch(0, 0, [message(0)], 0))
          fake.low = "7"
          fake.log(FETCH_FAILED)
          // What the failed fetch left behind may be of another log.
          yield* Effect.promise(() => fake.batch(0, 1, [message(1)], 1))
          yield* settle
          yield* Effect.promise(() => fake.batch(0, 7, [message(7)], 7))
          yield* pass(500)
          assert.deepStrictEqual(
            [received, fake.commits],
            [
              ["0:0", "0:7"],
              ["0:7", "0:8"]
            ]
          )
        }).pipe(Effect.provide(Logger.layer([logger])))
        assert.deepStrictEqual(errors, [["group's position is out of range, reading from the earliest record"]])
      })
  )

  it.effect(
    "SPEC 9.10: after a fetch that failed every partition is asked about; another log is read from its start",
    () =>
      Effect.gen(function* () {
        const gate = yield* Latch.make()
        const [asked, received]: [Array<string>, Array<string>] = [[], []]
        const { fake } = yield* setUp({
          onAssigned: ({ committed, isReading, partition, start }, commit) => {
            asked.push(`${partition}: ${committed} ${start} ${isReading}`)
            const isOther = partition === 0 && isReading
            const log = { from: isOther ? 0 : start, generations: [{ first: 0, generation: isOther ? 2 : 1 }] }
            return Effect.as(isOther ? commit(0) : Effect.void, { ...log, is: isOther ? "another" : "same" })
          },
          receive: ({ generation = 1, partition, offset }) => {
            const run = Effect.sync(() => void received.push(`${partition}:${offset}~${generation}`))
            return { key: undefined, run: offset === 501 && generation === 1 ? Effect.andThen(gate.await, run) : run }
          }
        })
        fake.join([0, 1])
        yield* settle
        yield* Effect.promise(() => fake.batch(0, 500, [message(500), message(501)], 501))
        yield* Effect.promise(() => fake.batch(1, 0, [message(0)], 0))
        yield* pass(500)
        fake.log(FETCH_FAILED)
        yield* settle
        yield* Effect.promise(() => fake.batch(0, 0, [message(0), message(1)], 1))
        // The last copy of a record of the old log is here: it ends, and is committed to no log.
        yield* gate.open
        yield* pass(500)
        assert.deepStrictEqual(asked, ["0: 0 0 false", "1: 0 0 false", "0: 0 502 true", "1: 0 1 true"])
        assert.deepStrictEqual(received, ["0:500~1", "1:0~1", "0:0~2", "0:1~2", "0:501~1"])
        assert.deepStrictEqual(fake.commits, ["0:501", "1:1", "0:0", "0:2"])
      })
  )

  it.effect("SPEC 9.10: a log that ends before what was read of it is asked about, though no fetch has failed", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const { fake } = yield* setUp({
        onAssigned: (assigned, commit) => {
          asked.push(assigned.end)
          return readOn(assigned, commit)
        }
      })
      fake.join([0])
      yield* settle
      yield* Effect.promise(() => fake.batch(0, 0, [message(0), message(1)], 1))
      yield* pass(10_000)
      fake.high = "1"
      yield* pass(10_000)
      assert.deepStrictEqual(asked, [1000, 1])
    })
  )

  it.effect("SPEC 9.5: records that cannot be decoded hold their partition alone, and are looked at every 30 s", () =>
    Effect.gen(function* () {
      const errors: Array<unknown> = []
      const logger = Logger.make(({ message, logLevel }) => void (logLevel === "Error" && errors.push(message)))
      yield* Effect.gen(function* () {
        const { fake, received } = yield* setUp()
        const undecodable = { firstOffset: 2, lastOffset: 3, reason: "the checksum does not match" }
        fake.join([0, 1])
        yield* settle
        const damaged = [message(1), message(3, { undecodable }), message(4)]
        yield* Effect.promise(() => fake.batch(0, 1, damaged, 4))
        yield* pass(500)
        assert.deepStrictEqual([received, fake.commits], [["0:1"], ["0:2"]])
        assert.deepStrictEqual(
          [...fake.reading],
          [
            [0, false],
            [1, true]
          ]
        )
        yield* pass(29_500)
        assert.isTrue(fake.reading.get(0))
        yield* Effect.promise(() => fake.batch(0, 2, damaged.slice(1), 4))
        yield* settle
        assert.isFalse(fake.reading.get(0))
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.strictEqual(errors.length, 2)
    })
  )
})

describe("CONTRACT KAFKA_START_AT: a new group that starts at the end", () => {
  const isNew = (fake: ReturnType<typeof fakeKafkaJs>["fake"]) => {
    fake.keeps = true
    for (const partition of [0, 1]) fake.committed.set(partition, "-1")
  }

  it.effect("begins there on a partition, although its leader dies before anything is read of it", () =>
    Effect.gen(function* () {
      const { fake } = yield* setUp({}, isNew, { startAt: "latest" })
      fake.unreachable.set(1, new Error("gone"))
      fake.join([0, 1])
      yield* settle
      yield* pass(1000)
      assert.deepStrictEqual(fake.sought, [[0, "1000"]])
      assert.strictEqual(fake.reading.get(1), false)
      fake.emit("consumer.crash", { error: new Error("crash") })
      yield* settle
      fake.unreachable.clear()
      fake.high = "1500"
      yield* pass(1000)
      fake.join([0, 1], "another")
      yield* settle
      assert.deepStrictEqual(fake.sought.slice(1), [
        [0, "1000"],
        [1, "1000"]
      ])
      assert.deepStrictEqual(fake.commits, ["0:1000 start", "1:1000 start", "0:1000", "1:1000"])
    })
  )

  it.effect("reads nothing before the group's leader has fixed the start of all partitions", () =>
    Effect.gen(function* () {
      const assigned: Array<unknown> = []
      const { fake } = yield* setUp(
        {
          onAssigned: ({ committed, partition, start, ...more }, commit) => {
            assigned.push([partition, committed, start])
            return readOn({ committed, partition, start, ...more }, commit)
          }
        },
        isNew,
        { startAt: "latest" }
      )
      fake.join([0], "member", false)
      yield* settle
      yield* pass(5000)
      assert.deepStrictEqual([fake.commits, assigned, fake.reading.get(0)], [[], [], false])
      // As the leader does, which had asked a little earlier.
      for (const partition of [0, 1]) fake.keep(partition, "990", "start")
      yield* pass(1000)
      assert.deepStrictEqual([assigned, fake.sought, fake.reading.get(0)], [[[0, undefined, 990]], [[0, "990"]], true])
    })
  )

  it.effect("is asked for no start of the leader whose generation is over", () =>
    Effect.gen(function* () {
      const { fake } = yield* setUp({}, isNew, { startAt: "latest" })
      fake.keeps = false
      fake.join([0, 1])
      yield* settle
      assert.deepStrictEqual(fake.commits, ["0:1000 start", "1:1000 start"])
      fake.join([0, 1], "member", false)
      yield* settle
      yield* pass(5000)
      assert.deepStrictEqual(fake.commits, ["0:1000 start", "1:1000 start"])
    })
  )
})
