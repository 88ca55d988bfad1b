import { createRequire } from "node:module"

import type { Kafka } from "kafkajs"

import type { Assignment } from "../PartitionTracker.ts"
import { connectCleanly, connectWhenAnswered, type KafkaErrors } from "./connections.ts"
import { followCoordinator } from "./coordinator.ts"
import { decodeBatch, withoutAborted, withPackedBatches } from "./fetchDecoder.ts"
import { adminThatFetches } from "./fetchingAdmin.ts"
import {
  ageMonotonically,
  beatMonotonically,
  checkOverdueEachSecond,
  noteWhenSent,
  type RequestQueue,
  throttleMonotonically
} from "./patchClock.ts"
import { recordEncoder } from "./recordCodec.ts"
import { askEachBroker, poolBuilderOf, refreshByEachBroker } from "./seedBrokers.ts"
import { createSendMessages } from "./sendMessages.ts"

interface BrokerPool {
  readonly brokers: Readonly<Record<string, unknown>>
  metadataExpireAt: number | null
  removeBroker(broker: { readonly host: string; readonly port: number }): void
}

interface Partition {
  readonly topic: string
  readonly partition: number
}

interface Offsets {
  readonly topic: string
  readonly partitions: ReadonlyArray<{ readonly partition: number; readonly offset?: string }>
  readonly fromBeginning?: boolean
}

interface OffsetManager {
  readonly cluster: { fetchTopicsOffset(topics: ReadonlyArray<Offsets>): Promise<ReadonlyArray<Offsets>> }
  commitOffsets(offsets: { readonly topics: ReadonlyArray<Offsets> }): Promise<void>
  clearOffsets(partition: Partition): void
  setDefaultOffset(partition: Partition): Promise<void>
}

const require = createRequire(import.meta.url)

/**
 * In kafkajs, a closed connection removes the last known broker from the pool. The client then crashes with "No broker
 * available" and does nothing for 15 s.
 */
const keepLastBroker = (pool: BrokerPool): void => {
  const remove = pool.removeBroker
  pool.removeBroker = function (broker) {
    if (Object.keys(this.brokers).length > 1) remove.call(this, broker)
    else this.metadataExpireAt = null
  }
}

/**
 * For a position out of range, kafkajs commits -2, which the broker returns as no offset at all. A restart would then
 * apply `KAFKA_START_AT=latest` again and skip the records in between.
 */
const commitEarliest = (manager: OffsetManager): void => {
  manager.setDefaultOffset = async function ({ topic, partition }) {
    const earliest = await this.cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }])
    await this.commitOffsets({ topics: earliest })
    this.clearOffsets({ topic, partition })
  }
}

interface Metadata {
  readonly topicMetadata: ReadonlyArray<{
    readonly topicErrorCode: number
    readonly partitionMetadata: ReadonlyArray<{ readonly leader: number }>
  }>
}

/**
 * kafkajs accepts no metadata at all while one partition has no leader, which stops all other partitions. This accepts
 * it, with -1 as that partition's leader, which is soon looked for again (`ageMonotonically`). Must run before the
 * first request, because the later versions of the protocol take this function when they are loaded.
 */
const keepLeaderless = (response: { parse(data: Metadata): Promise<Metadata> }): void => {
  const parse = response.parse
  response.parse = async (data) => {
    await parse({ ...data, topicMetadata: data.topicMetadata.map((it) => ({ ...it, partitionMetadata: [] })) })
    return data
  }
}

/** What kafkajs logs, because of this patch, for each fetch that fails. */
export const FETCH_FAILED = "The fetch failed"

interface ConsumerGroup {
  readonly logger: { error(message: string, fields: object): void }
  recoverFromFetch(error: Error): Promise<void>
}

/**
 * A failed fetch may be the only sign that a partition has another log. kafkajs recovers from most failures without
 * logging them. This logs the failure before kafkajs recovers, and so before the next fetch.
 */
const tellFailedFetches = (group: ConsumerGroup): void => {
  const recover = group.recoverFromFetch
  group.recoverFromFetch = function (error) {
    this.logger.error(FETCH_FAILED, { error: error.message })
    return recover.call(this, error)
  }
}

/** Replaces the exports of a module for the modules that are loaded from now on. */
const replace = (path: string, exports: unknown): void => {
  const loaded = require.cache[require.resolve(path)]
  if (loaded === undefined) throw new Error("kafkajs cannot be patched: its modules are not CommonJS's")
  loaded.exports = exports
}

/** Makes the next `require` load these modules again. Code that already has the old ones keeps them. */
const reload = (paths: ReadonlyArray<string>): void => {
  for (const path of paths) delete require.cache[require.resolve(path)]
}

/** Must run before the first fetch: the modules that decode fetch responses take the decoder when they are loaded. */
const replaceDecoder = (): void => {
  const path = "kafkajs/src/protocol/recordBatch/v0/decoder"
  replace(path, decodeBatch(require(path), require("kafkajs/src/protocol/recordBatch/crc32C")))
}

/** kafkajs's encoder of a record knows neither a header without a value nor an order of the headers. */
const replaceEncoder = (): void => {
  const path = "kafkajs/src/protocol/recordBatch/record/v0"
  replace(path, recordEncoder(require(path), require("kafkajs/src/protocol/encoder")))
  // Version 3 encodes. The others take its function when they are loaded.
  reload([3, 4, 5, 6, 7].map((version) => `kafkajs/src/protocol/requests/produce/v${version}/request`))
}

interface ResolvingManager {
  readonly memberAssignment: Assignment
  resolveOffsets(): Promise<void>
}

interface FetchingGroup {
  readonly offsetManager: ResolvingManager
  fetch(nodeId: string): Promise<unknown>
  getActiveTopicPartitions(): Readonly<Record<string, ReadonlySet<number>>>
  seekOffsets(topicPartitions: ReadonlyArray<object>): Promise<void>
}

/**
 * Before each fetch kafkajs asks the leaders for the beginnings of partitions for which the group has committed
 * nothing. One leader that does not answer then stops all partitions. A paused partition is not fetched, so it is left
 * out.
 */
const resolveActive = (group: FetchingGroup): void => {
  const seekOffsets = group.seekOffsets
  group.seekOffsets = function (topicPartitions) {
    const { offsetManager } = this
    const resolveOffsets = () => {
      const active = this.getActiveTopicPartitions()
      const memberAssignment = Object.fromEntries(
        Object.entries(offsetManager.memberAssignment).map(([topic, partitions]) => [
          topic,
          partitions.filter((partition) => active[topic]?.has(partition))
        ])
      )
      return offsetManager.resolveOffsets.call(
        Object.create(offsetManager, { memberAssignment: { value: memberAssignment } })
      )
    }
    const manager = Object.create(offsetManager, { resolveOffsets: { value: resolveOffsets } })
    return seekOffsets.call(Object.create(this, { offsetManager: { value: manager } }), topicPartitions)
  }
}

interface Runner {
  readonly running: boolean
  readonly consumerGroup: { commitOffsets(offsets: object): Promise<void> }
  commitOffsets(offsets: object): Promise<void>
}

/**
 * A consumer's commit is one attempt, in the generation in which it was asked for. kafkajs tries again in whichever
 * generation there is then, and so replaces what another member has committed meanwhile. While the consumer stops, it
 * writes nothing and resolves.
 */
const commitOnce = (runner: Runner): void => {
  runner.commitOffsets = function (offsets) {
    if (this.running) return this.consumerGroup.commitOffsets(offsets)
    return Promise.reject(new Error("the consumer does not run"))
  }
}

/** Our consumers read the records of a batch when there is room for them (`BatchReader.ts`). */
const fetchPacked = (group: FetchingGroup): void => {
  const fetch = group.fetch
  group.fetch = function (nodeId) {
    return withPackedBatches(() => fetch.call(this, nodeId))
  }
}

/** A fetched part of a partition begins where it was asked for, whatever offset its first message has. */
const beginWhereFetched = (batch: { firstOffset(): string; readonly fetchedOffset: string }): void => {
  batch.firstOffset = function () {
    return this.fetchedOffset
  }
}

/**
 * Loads a client whose producers send with our `createSendMessages`, because kafkajs's producer keeps its answers by
 * broker across its retries: a partition that moves to a broker that has already answered is never sent, and `send`
 * resolves. Its consumers fetch packed batches. Code that already has the old modules keeps them.
 */
const ownClient = (): typeof Kafka => {
  const [send, aborted] = ["kafkajs/src/producer/sendMessages", "kafkajs/src/consumer/filterAbortedMessages"] as const
  require(send)
  replace(send, createSendMessages)
  require(aborted)
  replace(aborted, withoutAborted)
  const builder = "kafkajs/src/cluster/connectionPoolBuilder"
  replace(builder, poolBuilderOf(require(builder)))
  const [batch, group] = ["kafkajs/src/consumer/batch", "kafkajs/src/consumer/consumerGroup"] as const
  reload([
    "kafkajs/src/producer/messageProducer",
    "kafkajs/src/producer",
    batch,
    group,
    "kafkajs/src/consumer",
    "kafkajs/src/cluster",
    "kafkajs/src"
  ])
  beginWhereFetched(require(batch).prototype)
  fetchPacked(require(group).prototype)
  resolveActive(require(group).prototype)
  beatMonotonically(require(group).prototype)
  followCoordinator(require(group).prototype)
  tellFailedFetches(require(group).prototype)
  commitOnce(require("kafkajs/src/consumer/runner").prototype)
  const admin = "kafkajs/src/admin"
  require(admin)
  replace(admin, adminThatFetches(require(admin), require(batch)))
  return require("kafkajs/src")
}

const TESTED = "2.2.4"
let patched: typeof Kafka | undefined

/**
 * Fixes the faults inside kafkajs 2.2.4, once per process. Throws on any other version, because its internals were not
 * reviewed (docs/kafka.md "What kafkajs 2.2.4 needs"). Returns our client
 * (`ownClient`).
 */
export const patchKafkaJs = (version: string = require("kafkajs/package.json").version): typeof Kafka => {
  if (version !== TESTED) {
    throw new Error(`kafkajs ${version} is installed, but src/layers/kafka/js/patch.ts was written for ${TESTED}`)
  }
  if (patched !== undefined) return patched
  const queue: RequestQueue = require("kafkajs/src/network/requestQueue").prototype
  throttleMonotonically(queue)
  checkOverdueEachSecond(queue)
  noteWhenSent(require("kafkajs/src/network/requestQueue/socketRequest").prototype)
  const errors: KafkaErrors & {
    readonly KafkaJSBrokerNotFound: new (message: string) => Error
  } = require("kafkajs/src/errors")
  connectCleanly(require("kafkajs/src/network/connection").prototype, errors)
  connectWhenAnswered(require("kafkajs/src/broker").prototype, errors)
  const pool = require("kafkajs/src/cluster/brokerPool").prototype
  keepLastBroker(pool)
  refreshByEachBroker(pool)
  ageMonotonically(pool)
  askEachBroker(pool, errors.KafkaJSBrokerNotFound)
  keepLeaderless(require("kafkajs/src/protocol/requests/metadata/v0/response"))
  commitEarliest(require("kafkajs/src/consumer/offsetManager").prototype)
  replaceDecoder()
  replaceEncoder()
  patched = ownClient()
  return patched
}
