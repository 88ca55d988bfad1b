import { Clock, Context, Effect, Layer } from "effect"

import { Kafka, type KafkaError, type KafkaRecord, type NewRecord } from "../../../services/Kafka.ts"
import { Settings } from "../../../services/Settings.ts"
import { releaseStartPermit } from "../../../services/StartPermit.ts"
import { DEFAULT_MAX_MESSAGE_BYTES } from "../bytes.ts"
import { requiredTopics } from "../requiredTopics.ts"
import { type Client, consumeMemory } from "./consume.ts"
import { MemoryBroker, positions } from "./MemoryBroker.ts"

export interface MemoryBrokerOptions {
  /** Of a topic that is created without a number of its own; 4. */
  readonly partitions?: number
  /** Of every topic; Kafka's default. */
  readonly maxMessageBytes?: number
  /** Milliseconds between two commits of a member; 0, the default, commits at every end. */
  readonly commitEvery?: number
}

/** The brokers of `KafkaMemory`: they outlive the programs that use them, and can be looked into and disturbed. */
export class KafkaMemoryBroker extends Context.Service<
  KafkaMemoryBroker,
  {
    /** Idempotent; a topic keeps the partitions it began with. */
    createTopic(topic: string, partitions?: number): Effect.Effect<void>
    /** Another producer's record; creates the topic where it is missing, and is taken even when unreachable. */
    append(
      record: NewRecord & { readonly partition?: number; readonly timestamp?: number }
    ): Effect.Effect<KafkaRecord, KafkaError>
    /** All records of a topic, by partition, then offset. */
    records(topic: string): Effect.Effect<ReadonlyArray<KafkaRecord>>
    /** The group's committed offset of each partition; `undefined` where there is none. */
    committed(group: string, topic: string): Effect.Effect<ReadonlyArray<number | undefined>>
    /** The next offset holds the mark of a transaction: no consumer gets it. */
    mark(topic: string, partition: number): Effect.Effect<void>
    /** Retention deletes what lies before `earliest`. */
    truncate(topic: string, partition: number, earliest: number): Effect.Effect<void>
    /** `false`: nothing is fetched, committed or acknowledged, until `true`. */
    setReachable(reachable: boolean): Effect.Effect<void>
    /**
     * Every `KafkaMemory` built so far is dead to the brokers, as after `kill -9` and its session's end: it gets no
     * record, its commits count for nothing, its publishes never return. Layers built later are not concerned.
     */
    readonly kill: Effect.Effect<void>
    /** For `KafkaMemory` alone. */
    readonly broker: MemoryBroker
    readonly clients: Set<Client>
    readonly commitEvery: number
  }
>()("brom-ctx/layers/KafkaMemoryBroker") {
  /** Brokers of their own. */
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
  const client: Client = { alive: true, members: new Set() }
  clients.add(client)
  yield* Effect.addFinalizer(() => Effect.sync(() => clients.delete(client)))

  /** No span here: whoever publishes has one, and knows what it is about. */
  const publish = Effect.fnUntraced(function* (record: NewRecord) {
    yield* releaseStartPermit
    if (kafka.createTopics && broker.reachable && client.alive) broker.createTopic(record.topic)
    while (!broker.reachable || !client.alive || !broker.has(record.topic)) {
      yield* broker.changeAfter(broker.version)
    }
    yield* broker.append(record, clock.currentTimeMillisUnsafe())
  })

  const answering = Effect.gen(function* () {
    while (!broker.reachable) yield* broker.changeAfter(broker.version)
  })

  return Kafka.of({
    publish,
    positions: (topics) => Effect.map(answering, () => positions(broker, broker.group(kafka.groupId), topics)),
    consume: (options) =>
      consumeMemory(broker, client, kafka, commitEvery, requiredTopics(options.topics, topics), options)
  })
})

/** Kafka in this process: partitions, offsets, groups and rebalances are real, durability and the network are not. */
export const KafkaMemory: Layer.Layer<Kafka, never, KafkaMemoryBroker | Settings> = Layer.effect(Kafka, make)
