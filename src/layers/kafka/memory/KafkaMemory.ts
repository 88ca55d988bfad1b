import { Clock, Context, Effect, Layer } from "effect"

import { Kafka, type KafkaError, type KafkaRecord, type NewRecord } from "../../../services/Kafka.ts"
import { Settings } from "../../../services/Settings.ts"
import { releaseStartPermit } from "../../../services/StartPermit.ts"
import { DEFAULT_MAX_MESSAGE_BYTES } from "../bytes.ts"
import { requiredTopics } from "../requiredTopics.ts"
import { type Client, consumeMemory } from "./consume.ts"
import { MemoryBroker, positions } from "./MemoryBroker.ts"

export interface MemoryBrokerOptions {
  /** Partitions of a topic that is created without a number of its own. The default is 4. */
  readonly partitions?: number
  /** `max.message.bytes` of every topic. The default is Kafka's. */
  readonly maxMessageBytes?: number
  /** Milliseconds between two commits of a member. With 0, the default, it commits whenever a record ends. */
  readonly commitEvery?: number
}

/** The brokers of `KafkaMemory`. They outlive the programs that use them, and can be inspected and disturbed. */
export class KafkaMemoryBroker extends Context.Service<
  KafkaMemoryBroker,
  {
    /** Idempotent: an existing topic keeps its partitions. */
    createTopic(topic: string, partitions?: number): Effect.Effect<void>
    /** Appends another producer's record. Creates a missing topic, and accepts the record even when unreachable. */
    append(
      record: NewRecord & { readonly partition?: number; readonly timestamp?: number | bigint }
    ): Effect.Effect<KafkaRecord, KafkaError>
    /** Returns all records of a topic, by partition, then offset. */
    records(topic: string): Effect.Effect<ReadonlyArray<KafkaRecord>>
    /** Returns the group's committed offset of each partition, or `undefined` where there is none. */
    committed(group: string, topic: string): Effect.Effect<ReadonlyArray<number | undefined>>
    /** Fills the next offset with a transaction marker, which no consumer receives. */
    mark(topic: string, partition: number): Effect.Effect<void>
    /** Deletes the records before `earliest`, as retention does. */
    truncate(topic: string, partition: number, earliest: number): Effect.Effect<void>
    /** Deletes the topic with its records and all committed offsets. */
    deleteTopic(topic: string): Effect.Effect<void>
    /** Deletes the records from `end` on, as an unclean election does. */
    cut(topic: string, partition: number, end: number): Effect.Effect<void>
    /** Makes it another cluster, with the same topics. */
    setCluster(id: string): Effect.Effect<void>
    /** While `false`, nothing is fetched, committed or acknowledged. */
    setReachable(reachable: boolean): Effect.Effect<void>
    /**
     * Kills every `KafkaMemory` built so far, as `kill -9` and the end of its session would. It receives no record, its
     * commits have no effect, and its publishes never return. Layers built later are not affected.
     */
    readonly kill: Effect.Effect<void>
    /** Only for `KafkaMemory`. */
    readonly broker: MemoryBroker
    readonly clients: Set<Client>
    readonly commitEvery: number
  }
>()("brom-ctx/layers/KafkaMemoryBroker") {
  /** Builds new brokers, shared with no other layer. */
  static readonly layer = (options: MemoryBrokerOptions = {}): Layer.Layer<KafkaMemoryBroker> =>
    Layer.effect(KafkaMemoryBroker, makeBroker(options))
}

const makeBroker = Effect.fnUntraced(function* (options: MemoryBrokerOptions) {
  const { partitions = 4, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, commitEvery = 0 } = options
  const clock = yield* Clock.Clock
  const broker = new MemoryBroker({ partitions, maxMessageBytes })
  const clients = new Set<Client>()
  return KafkaMemoryBroker.of({
    broker,
    clients,
    commitEvery,
    createTopic: (topic, count) => Effect.sync(() => broker.createTopic(topic, count)),
    append: (record) =>
      Effect.suspend(() => {
        broker.createTopic(record.topic)
        return broker.append(record, record.timestamp ?? clock.currentTimeMillisUnsafe(), record.partition)
      }),
    records: (topic) => Effect.sync(() => broker.records(topic)),
    committed: (group, topic) =>
      Effect.sync(() => broker.partitions(topic).map((_, at) => broker.group(group).committed(topic, at))),
    mark: (topic, partition) => Effect.sync(() => broker.mark(topic, partition)),
    truncate: (topic, partition, earliest) => Effect.sync(() => broker.truncate(topic, partition, earliest)),
    deleteTopic: (topic) => Effect.sync(() => broker.deleteTopic(topic)),
    cut: (topic, partition, end) => Effect.sync(() => broker.cut(topic, partition, end)),
    setCluster: (id) => Effect.sync(() => void (broker.cluster = id)),
    setReachable: (reachable) =>
      Effect.sync(() => {
        broker.reachable = reachable
        broker.changed()
      }),
    kill: Effect.sync(() => {
      for (const client of clients) client.alive = false
      for (const client of clients) for (const drop of client.members) drop()
      clients.clear()
    })
  })
})

const make = Effect.gen(function* () {
  const { broker, clients, commitEvery } = yield* KafkaMemoryBroker
  const { kafka, topics } = yield* Settings
  const clock = yield* Clock.Clock
  const client: Client = { alive: true, members: new Set(), returning: new Set() }
  clients.add(client)
  yield* Effect.addFinalizer(() => Effect.sync(() => clients.delete(client)))

  /** Opens no span: the caller has one that describes the record. */
  const publish = Effect.fnUntraced(function* (record: NewRecord) {
    yield* releaseStartPermit
    if (kafka.createTopics && broker.reachable && client.alive) broker.createTopic(record.topic)
    while (!broker.reachable || !client.alive || !broker.has(record.topic)) {
      yield* broker.changeAfter(broker.version)
    }
    yield* broker.append(record, clock.currentTimeMillisUnsafe())
  })

  const untilReachable = Effect.gen(function* () {
    while (!broker.reachable) yield* broker.changeAfter(broker.version)
  })

  return Kafka.of({
    publish,
    recordAt: ({ offset, partition, topic }) =>
      Effect.map(untilReachable, () => broker.partitions(topic)[partition]?.[offset]),
    positions: (topics, partition) =>
      Effect.map(untilReachable, () =>
        positions(broker, broker.group(kafka.groupId), topics).filter(
          (it) => partition === undefined || it.partition === partition
        )
      ),
    survey: (topics) =>
      Effect.map(untilReachable, () => ({
        positions: positions(broker, broker.group(kafka.groupId), topics),
        unreached: []
      })),
    consume: (options) =>
      consumeMemory(broker, client, kafka, commitEvery, requiredTopics(options.topics, topics), options)
  })
})

/** Kafka in this process. Partitions, offsets, groups and rebalances are real; durability and the network are not. */
export const KafkaMemory: Layer.Layer<Kafka, never, KafkaMemoryBroker | Settings> = Layer.effect(Kafka, make)
