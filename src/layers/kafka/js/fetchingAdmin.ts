import type { Admin, Batch } from "kafkajs"

import { type FetchedPart, fetchedPart } from "./BatchReader.ts"
import { withPackedBatches } from "./fetchDecoder.ts"
import { inTime, lateAnswer } from "./inTime.ts"
import type { BrokerAddress } from "./seedBrokers.ts"

/** What the brokers answer of one partition, as kafkajs decodes it. */
interface FetchedPartition {
  readonly partition: number
}

/** The broker object of kafkajs. */
interface Broker {
  fetch(request: object): Promise<{
    readonly responses: ReadonlyArray<{ readonly partitions: ReadonlyArray<FetchedPartition> }>
  }>
}

interface Cluster {
  readonly brokerPool: {
    readonly brokers: Readonly<Record<string, { readonly connectionPool: BrokerAddress } | undefined>>
  }
  addTargetTopic(topic: string): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  findTopicPartitionMetadata(topic: string): ReadonlyArray<{ readonly partitionId: number }>
  findLeaderForPartitions(
    topic: string,
    partitions: ReadonlyArray<number>
  ): Readonly<Record<string, ReadonlyArray<number>>>
  fetchTopicsOffset(topics: ReadonlyArray<object>): Promise<
    ReadonlyArray<{
      readonly partitions: ReadonlyArray<{ readonly partition: number; readonly offset: string }>
    }>
  >
  findBroker(node: { readonly nodeId: string }): Promise<Broker>
}

/** Returns what consumers receive from this offset on: one batch, if there is one. */
export type FetchBatch = (topic: string, partition: number, offset: number) => Promise<FetchedPart | undefined>

/** What one leader answered about its partitions of a topic, or why it did not. `leader` is -1 if there is none. */
export interface LeaderAnswer {
  readonly leader: number
  readonly partitions: ReadonlyArray<number>
  readonly ranges: ReadonlyArray<{ readonly partition: number; readonly low: string; readonly high: string }>
  readonly error?: unknown
}

/**
 * Returns where the partitions of a topic begin and end. Each leader answers for its own partitions, whatever the
 * others do. If a partition has moved, its new leader is asked.
 */
export type FetchRanges = (topic: string) => Promise<ReadonlyArray<LeaderAnswer>>

/** An admin of `adminThatFetches`. Other admins do not have these methods. */
export interface FetchingAdmin extends Admin {
  readonly fetchBatch?: FetchBatch
  readonly fetchRanges?: FetchRanges
}

interface AdminOptions {
  readonly cluster: Cluster
}

/** Only records of transactions that were committed. */
const COMMITTED = 1
const PATIENCE = 1000
/** Milliseconds for one leader. Three of them are less than a whole request may take (`Admin.ts`). */
const LEADER_PATIENCE = 4000

const late = (address?: BrokerAddress) => () =>
  lateAnswer(LEADER_PATIENCE, address && `${address.host}:${address.port}`)

type MakeBatch = new (topic: string, offset: string, partition: FetchedPartition) => Batch

const fetchBatchBy =
  (cluster: Cluster, FetchedBatch: MakeBatch): FetchBatch =>
  async (topic, partition, offset) => {
    await cluster.addTargetTopic(topic)
    await cluster.refreshMetadataIfNecessary()
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
    if (nodeId === undefined) throw new Error(`${topic}/${partition} has no leader`)
    const broker = await cluster.findBroker({ nodeId })
    const request = {
      isolationLevel: COMMITTED,
      maxWaitTime: PATIENCE,
      minBytes: 1,
      // A broker returns the first batch whole, however large it is, and no second one.
      maxBytes: 1,
      topics: [{ topic, partitions: [{ partition, fetchOffset: `${offset}`, maxBytes: 1 }] }]
    }
    const { responses } = await withPackedBatches(() => broker.fetch(request))
    const fetched = responses.flatMap(({ partitions }) => partitions).find((it) => it.partition === partition)
    return fetched && fetchedPart(new FetchedBatch(topic, `${offset}`, fetched))
  }

const fetchRangesBy =
  (cluster: Cluster): FetchRanges =>
  async (topic) => {
    await cluster.addTargetTopic(topic)
    await cluster.refreshMetadataIfNecessary()
    const offsets = async (partitions: ReadonlyArray<number>, fromBeginning: boolean) => {
      const asked = partitions.map((partition) => ({ partition }))
      const [found] = await cluster.fetchTopicsOffset([{ topic, fromBeginning, partitions: asked }])
      return new Map(found?.partitions.map(({ offset, partition }) => [partition, offset]))
    }
    const ask = async ([leader, partitions]: readonly [string, ReadonlyArray<number>]): Promise<LeaderAnswer> => {
      const of = { leader: Number(leader), partitions }
      try {
        const both = async () => [await offsets(partitions, false), await offsets(partitions, true)] as const
        const [high, low] = await inTime(
          both(),
          LEADER_PATIENCE,
          late(cluster.brokerPool.brokers[leader]?.connectionPool)
        )
        const ranges = partitions.map((partition) => {
          const [begin, end] = [low.get(partition), high.get(partition)]
          if (begin === undefined || end === undefined)
            throw new Error(`broker ${leader} said nothing of ${topic}/${partition}`)
          return { partition, low: begin, high: end }
        })
        return { ...of, ranges }
      } catch (error) {
        return { ...of, ranges: [], error }
      }
    }
    const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
    if (partitions.length === 0) throw new Error(`nothing is known of the topic ${topic}`)
    const leadersOf = (wanted: ReadonlyArray<number>) => Object.entries(cluster.findLeaderForPartitions(topic, wanted))
    const answers = await Promise.all(leadersOf(partitions).map(ask))
    if (answers.every(({ error }) => error === undefined)) return answers
    // The broker that is asked may be one that does not answer.
    await inTime(cluster.refreshMetadata(), LEADER_PATIENCE, late()).catch(() => {})
    const hasMoved = ({ error, leader, partitions: own }: LeaderAnswer) =>
      error !== undefined && leadersOf(own).some(([present]) => Number(present) !== leader)
    const moved = new Set(answers.filter(hasMoved))
    const again = await Promise.all(leadersOf([...moved].flatMap((it) => it.partitions)).map(ask))
    return [...answers.filter((it) => !moved.has(it)), ...again]
  }

/**
 * kafkajs's constructor of admins. These admins can also ask each leader separately, and read the records from one
 * offset on. A consumer would have to join a group for that, which takes seconds.
 */
export const adminThatFetches =
  (create: (options: AdminOptions) => Admin, FetchedBatch: MakeBatch) =>
  (options: AdminOptions): FetchingAdmin => ({
    ...create(options),
    fetchBatch: fetchBatchBy(options.cluster, FetchedBatch),
    fetchRanges: fetchRangesBy(options.cluster)
  })
