import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"

import type { KafkaRecord } from "../../src/services/Kafka.ts"
import {
  committedIs,
  eventually,
  fresh,
  freshTopic,
  KafkaBench,
  openMember,
  produceAll,
  readOn,
  record,
  text
} from "./kafkaBench.ts"

const numbered = (topic: string, from: number, count: number) =>
  Array.from({ length: count }, (_, at) => record(topic, `key${from + at}`, `${from + at}`))

const collect = (into: Array<string>) => (it: KafkaRecord) => ({
  key: text(it.key) ?? "",
  run: Effect.sync(() => void into.push(text(it.value) ?? ""))
})

const sorted = (values: ReadonlyArray<string>) => [...new Set(values)].map(Number).sort((a, b) => a - b)
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at)
const allCommitted = (group: string, topic: string) =>
  KafkaBench.use((bench) => Effect.all([bench.records(topic), bench.committed(group, topic)])).pipe(
    Effect.map(([records, committed]) => records.length === committed.reduce<number>((sum, it) => sum + (it ?? 0), 0))
  )

/** Membership, start positions, and the status that operators see. */
export const group = (it: Vitest.MethodsNonLive<KafkaBench>): void => {
  it.effect("DESIGN Kafka intake: two members share the partitions, and a leaving member hands over without loss", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(4)
      const group = fresh("group")
      const [one, two]: [Array<string>, Array<string>] = [[], []]
      const first = yield* openMember({ topics: [topic], group, receive: collect(one) })
      const second = yield* openMember({ topics: [topic], group, receive: collect(two) })
      const shares = Effect.all([first.consumer.status, second.consumer.status])
      yield* eventually("both joined", shares, (both) => both.every((it) => it.joined))
      yield* produceAll(numbered(topic, 0, 100))
      yield* eventually(
        "all",
        Effect.sync(() => sorted([...one, ...two]).length),
        (count) => count === 100
      )
      assert.isAbove(one.length, 0)
      assert.isAbove(two.length, 0)
      yield* second.close
      const before = two.length
      yield* produceAll(numbered(topic, 100, 100))
      yield* eventually(
        "the rest",
        Effect.sync(() => sorted([...one, ...two]).length),
        (count) => count === 200
      )
      assert.strictEqual(two.length, before)
      assert.deepStrictEqual(sorted([...one, ...two]), upTo(200))
      yield* eventually("all committed", allCommitted(group, topic), (done) => done)
    })
  )

  it.effect("DESIGN Kafka intake: a rebalance loses no record in progress", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(4)
      const group = fresh("group")
      const [one, two]: [Array<string>, Array<string>] = [[], []]
      const slowly = (into: Array<string>) => (it: KafkaRecord) => ({
        key: text(it.key) ?? "",
        run: Effect.andThen(
          Effect.sleep(5),
          Effect.sync(() => void into.push(text(it.value) ?? ""))
        )
      })
      yield* openMember({ topics: [topic], group, maxInFlight: 4, receive: slowly(one) })
      yield* produceAll(numbered(topic, 0, 400))
      yield* openMember({ topics: [topic], group, maxInFlight: 4, receive: slowly(two) })
      yield* eventually("all committed", allCommitted(group, topic), (done) => done)
      assert.deepStrictEqual(sorted([...one, ...two]), upTo(400))
    })
  )

  it.effect("CONTRACT KAFKA_CREATE_TOPICS: without it, missing topics are named, and the consumer waits for them", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const [response, dlq] = [fresh("response"), fresh("dlq")]
      const options = {
        topics: [topic],
        group: fresh("group"),
        kafka: { createTopics: false },
        written: { in: topic, response, inDlq: dlq },
        receive: collect([])
      }
      const { consumer } = yield* openMember(options, false)
      const named = yield* eventually("named", consumer.status, (it) => it.missingTopics.length > 0)
      assert.deepStrictEqual([...named.missingTopics].sort(), [dlq, response].sort())
      assert.isTrue(named.connected)
      assert.isFalse(named.joined)
      const bench = yield* KafkaBench
      yield* bench.createTopic(response, 1)
      yield* bench.createTopic(dlq, 1)
      const status = yield* eventually("joined", consumer.status, (it) => it.joined)
      assert.deepStrictEqual(status.missingTopics, [])
    })
  )

  it.effect("CONTRACT KAFKA_CREATE_TOPICS: with it, missing topics are created", () =>
    Effect.gen(function* () {
      const topic = fresh("topic")
      const [response, dlq] = [fresh("response"), fresh("dlq")]
      const group = fresh("group")
      const seen: Array<string> = []
      yield* openMember({
        topics: [topic],
        group,
        written: { in: topic, response, inDlq: dlq },
        receive: collect(seen)
      })
      yield* produceAll([record(topic, "a", "1")])
      yield* eventually(
        "read",
        Effect.sync(() => seen.length),
        (count) => count === 1
      )
      assert.deepStrictEqual(yield* (yield* KafkaBench).records(response), [])
    })
  )

  it.effect("CONTRACT KAFKA_START_AT: latest skips existing records, but nothing after the group has started", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(2)
      const group = fresh("group")
      const seen: Array<string> = []
      const options = { topics: [topic], group, kafka: { startAt: "latest" as const }, receive: collect(seen) }
      yield* produceAll(numbered(topic, 0, 20))
      const held = (yield* (yield* KafkaBench).records(topic)).map((it) => it.partition)
      const first = yield* openMember(options)
      yield* committedIs(
        group,
        topic,
        [0, 1].map((partition) => held.filter((it) => it === partition).length)
      )
      yield* first.close
      yield* produceAll(numbered(topic, 20, 20))
      yield* openMember(options)
      yield* eventually("all committed", allCommitted(group, topic), (done) => done)
      assert.deepStrictEqual(
        sorted(seen),
        upTo(20).map((n) => n + 20)
      )
    })
  )

  it.effect(
    "CONTRACT KAFKA_START_AT: a partition begins where the group began, though its first member read nothing",
    () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(2)
        const group = fresh("group")
        const seen: Array<string> = []
        const options = { topics: [topic], group, kafka: { startAt: "latest" as const }, receive: collect(seen) }
        const both = (value: string) =>
          [0, 1].map((partition) => record(topic, null, `${value}/${partition}`, partition))
        yield* produceAll(both("before"))
        const first = yield* openMember({
          ...options,
          onAssigned: (assigned, commit) => (assigned.partition === 1 ? Effect.never : readOn(assigned, commit))
        })
        yield* produceAll(both("while"))
        yield* eventually(
          "partition 0 is read",
          Effect.sync(() => seen.length),
          (count) => count === 1
        )
        yield* first.close
        yield* produceAll(both("after"))
        yield* openMember(options)
        yield* eventually("all committed", allCommitted(group, topic), (done) => done)
        assert.deepStrictEqual(seen.toSorted(), ["after/0", "after/1", "while/0", "while/1"])
      })
  )

  it.effect("CONTRACT KAFKA_START_AT: a time starts with the first record of that time or later", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const seen: Array<string> = []
      yield* produceAll(numbered(topic, 0, 5))
      yield* Effect.sleep(20)
      const startAt = Date.now()
      yield* Effect.sleep(20)
      yield* produceAll(numbered(topic, 5, 5))
      yield* openMember({ topics: [topic], group, kafka: { startAt }, receive: collect(seen) })
      yield* committedIs(group, topic, [10])
      assert.deepStrictEqual(sorted(seen), [5, 6, 7, 8, 9])
    })
  )

  it.effect("CONTRACT ctx_kafka_lag, ctx_in_flight: status counts unfinished and uncommitted records", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const { consumer } = yield* openMember({
        topics: [topic],
        group: fresh("group"),
        drain: 0,
        receive: () => ({ key: undefined, run: Effect.never })
      })
      yield* produceAll(numbered(topic, 0, 3))
      const status = yield* eventually(
        "lag",
        consumer.status,
        (it) => it.inFlight[topic] === 3 && it.lag.some((lag) => lag.lag === 3)
      )
      const [{ oldestAt = 0, ...lag } = assert.fail(), ...others] = status.lag
      assert.deepStrictEqual([lag, others], [{ topic, partition: 0, lag: 3 }, []])
      assert.isTrue(oldestAt > Date.now() - 60_000 && oldestAt <= Date.now(), String(oldestAt))
      assert.isTrue(status.connected)
    })
  )
}
