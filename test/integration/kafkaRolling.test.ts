import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, type Scope } from "effect"

import { monotonicMillis } from "../../src/domain/values/monotonicTime.ts"
import type { PartitionOutcome } from "../../src/layers/kafka/js/sendMessages.ts"
import {
  committedIs,
  eventually,
  fresh,
  KafkaBench,
  openMember,
  openPublisher,
  Patience,
  record,
  text
} from "../contracts/kafkaBench.ts"
import { ClusterBench, OwnCluster, replicatedTopic } from "./kafkaCluster.ts"
import { RealBrokers } from "./kafkaReal.ts"

const CALLERS = 12

/** On a busy machine a broker takes up to half a minute to come back. */
const minutes = 600_000

const minute = 60_000

/** Fails if it takes longer than so many milliseconds. */
const within = <A, E, R>(millis: number, effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.timeout(millis), Effect.orDie)

/** Each partition has another leader, and all brokers have a copy. */
const spread = (partitions: number) =>
  Array.from({ length: partitions }, (_, at) => [0, 1, 2].map((more) => ((at + more) % 3) + 1))

interface Load {
  /** How many records have been acknowledged so far. */
  readonly acknowledged: () => number
  /** Starts one more process. */
  readonly join: Effect.Effect<unknown, never, KafkaBench | Scope.Scope>
}

/** Members that copy each record of one topic to another, and producers that send while `during` runs. */
const underLoad = Effect.fnUntraced(function* <E, R>(during: (load: Load) => Effect.Effect<void, E, R>) {
  const [from, to] = [yield* replicatedTopic(spread(6)), yield* replicatedTopic(spread(6))]
  const group = fresh("group")
  const copied = new Set<string>()
  const join = Effect.gen(function* () {
    const kafka = yield* openPublisher
    const { consumer } = yield* openMember({
      topics: [from.topic],
      group,
      receive: ({ key, value }) => {
        const copy = kafka.publish(record(to.topic, text(key), text(value) ?? "")).pipe(Effect.orDie)
        const note = Effect.sync(() => void copied.add(text(value) ?? ""))
        return { key: text(key) ?? undefined, run: Effect.andThen(copy, note) }
      }
    })
    return { kafka, consumer }
  })
  const { consumer, kafka } = yield* join
  const sent: Array<string> = []
  const load = { over: false }
  const caller = Effect.fnUntraced(function* (name: number) {
    for (let count = 0; !load.over; count++) {
      const value = `${name}/${count}`
      yield* kafka.publish(record(from.topic, `key ${name}`, value))
      sent.push(value)
      yield* Effect.sleep(20)
    }
  })
  const calling = yield* Effect.forEach(
    Array.from({ length: CALLERS }, (_, at) => at),
    (name) => Effect.forkChild(caller(name))
  )
  yield* during({ acknowledged: () => sent.length, join })
  load.over = true
  yield* Fiber.joinAll(calling)
  yield* eventually(
    "all are copied",
    Effect.sync(() => copied.size),
    (count) => count === sent.length
  )
  const bench = yield* KafkaBench
  const stored = new Set((yield* bench.records(to.topic)).map(({ value }) => text(value)))
  const ends = yield* bench.records(from.topic)
  yield* committedIs(
    group,
    from.topic,
    spread(6).map((_, partition) => ends.filter((it) => it.partition === partition).length)
  )
  assert.deepStrictEqual(
    sent.filter((value) => !stored.has(value)),
    [],
    `of ${sent.length} acknowledged records`
  )
  yield* eventually("in the group", consumer.status, ({ connected, joined }) => joined && connected)
})

/** Returns when this many more records are acknowledged. */
const more = (acknowledged: () => number, count: number) =>
  Effect.suspend(() => {
    const before = acknowledged()
    return eventually("more is acknowledged", Effect.sync(acknowledged), (now) => now > before + count)
  })

const Cluster = ClusterBench.pipe(Layer.provideMerge(Layer.succeed(Patience, 120)))

layer(Cluster, { excludeTestServices: true, timeout: "180 seconds" })("Kafka: a cluster that changes", (it) => {
  it.effect("docs/kafka.md: partitions that are added while a member runs are read in less than a minute", () =>
    Effect.gen(function* () {
      const { client } = yield* RealBrokers
      const { topic } = yield* replicatedTopic(spread(2))
      const group = fresh("group")
      const seen: Array<number> = []
      yield* openMember({
        topics: [topic],
        group,
        receive: ({ partition }) => ({ key: undefined, run: Effect.sync(() => void seen.push(partition)) })
      })
      yield* Effect.promise(async () => {
        const admin = client.admin()
        await admin.connect()
        await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
        await admin.disconnect()
        const producer = client.producer()
        await producer.connect()
        for (const partition of [0, 1, 2, 3]) {
          // It sends nothing to a partition that it does not know yet, and an attempt may find no leader.
          for (let isTaken = false; !isTaken;) {
            const messages = [{ partition, value: "v" }]
            const answers: ReadonlyArray<PartitionOutcome> = await producer.send({ topic, messages }).catch(() => [])
            isTaken = answers.some(({ error }) => error === undefined)
            if (!isTaken) await new Promise((resolve) => setTimeout(resolve, 200))
          }
        }
        await producer.disconnect()
      })
      const startedAt = yield* monotonicMillis
      yield* eventually(
        "read",
        Effect.sync(() => seen),
        (all) => all.length === 4
      )
      assert.isBelow((yield* monotonicMillis) - startedAt, 60_000)
      yield* committedIs(group, topic, [1, 1, 1, 1])
      assert.deepStrictEqual(seen.toSorted(), [0, 1, 2, 3])
    })
  )

  it.effect(
    "SPEC 9.1: all three brokers are restarted under load, one after the other: nothing is lost",
    () =>
      Effect.gen(function* () {
        const { node } = yield* OwnCluster
        yield* underLoad(({ acknowledged }) =>
          Effect.gen(function* () {
            for (const one of [1, 2, 3]) {
              yield* more(acknowledged, 50)
              yield* node(one, "restart")
            }
            yield* more(acknowledged, 50)
          })
        )
      }),
    minutes
  )

  it.effect(
    "SPEC 9.1: brokers are killed and started again four times under load: nothing stays stuck for a minute",
    () =>
      Effect.gen(function* () {
        const { node } = yield* OwnCluster
        yield* underLoad(({ acknowledged }) =>
          Effect.gen(function* () {
            for (const one of [1, 2, 3, 1]) {
              yield* within(minute, more(acknowledged, 50))
              yield* node(one, "kill")
              yield* within(minute, more(acknowledged, 20))
              yield* node(one, "start")
            }
            yield* within(minute, more(acknowledged, 50))
          })
        )
      }),
    minutes
  )

  it.effect(
    "SPEC 9.1: a broker that answers nothing holds up nobody for a minute, whichever it is",
    () =>
      Effect.gen(function* () {
        const { freeze } = yield* OwnCluster
        yield* underLoad(({ acknowledged, join }) =>
          Effect.gen(function* () {
            for (const one of [1, 2, 3]) {
              yield* within(minute, more(acknowledged, 50))
              yield* Effect.acquireUseRelease(
                freeze(one, true),
                () =>
                  Effect.gen(function* () {
                    yield* within(minute, more(acknowledged, 100))
                    yield* within(minute, join)
                    yield* within(minute, more(acknowledged, 100))
                  }),
                () => freeze(one, false)
              )
            }
            yield* within(minute, more(acknowledged, 50))
          })
        )
      }),
    minutes
  )

  // The last one: broker 1 stays away.
  it.effect(
    "SPEC 9.1: a broker that is lost for good stops nothing, not even a starting process",
    () =>
      Effect.gen(function* () {
        const { node } = yield* OwnCluster
        yield* underLoad(({ acknowledged, join }) =>
          Effect.gen(function* () {
            yield* more(acknowledged, 50)
            yield* node(1, "kill")
            yield* more(acknowledged, 200)
            yield* join
            yield* more(acknowledged, 200)
          })
        )
      }),
    minutes
  )
})
