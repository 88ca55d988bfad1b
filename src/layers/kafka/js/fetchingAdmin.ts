import type { Admin, Batch } from "kafkajs"

import { type FetchedPart, fetchedPart } from "./BatchReader.ts"
import { withPackedBatches } from "./fetchDecoder.ts"

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
  addTargetTopic(topic: string): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  findLeaderForPartitions(topic: string, partitions: ReadonlyArray<number>): Readonly<Record<string, unknown>>
  fetchTopicsOffset(
    topics: ReadonlyArray<object>
  ): Promise<ReadonlyArray<{ readonly partitions: ReadonlyArray<{ readonly offset: string }> }>>
  findBroker(node: { readonly nodeId: string }): Promise<Broker>
}

/** Returns what consumers receive from this offset on: one batch, if there is one. */
export type FetchBatch = (topic: string, partition: number, offset: number) => Promise<FetchedPart | undefined>

/** Returns where one partition begins and ends, whatever the other partitions of its topic do. */
export type FetchRange = (topic: string, partition: number) => Promise<{ readonly low: string; readonly high: string }>

/** An admin of `adminThatFetches`. Other admins do not have these methods. */
export interface FetchingAdmin extends Admin {
  readonly fetchBatch?: FetchBatch
  readonly fetchRange?: FetchRange
}

interface AdminOptions {
  readonly cluster: Cluster
}

/** Only records of transactions that were committed. */
const COMMITTED = 1
const PATIENCE = 1000

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

const fetchRangeBy =
  (cluster: Cluster): FetchRange =>
  async (topic, partition) => {
    await cluster.addTargetTopic(topic)
    await cluster.refreshMetadataIfNecessary()
    const offset = async (fromBeginning: boolean) => {
      const [found] = await cluster.fetchTopicsOffset([{ topic, fromBeginning, partitions: [{ partition }] }])
      const [{ offset } = {}] = found?.partitions ?? []
      if (offset === undefined) throw new Error(`the brokers said nothing of ${topic}/${partition}`)
      return offset
    }
    const high = await offset(false)
    return { low: await offset(true), high }
  }

/**
 * kafkajs's constructor of admins, whose admins also look at one partition, and at the records from one offset on. A
 * consumer would have to join a group for that, which takes seconds.
 */
export const adminThatFetches =
  (create: (options: AdminOptions) => Admin, FetchedBatch: MakeBatch) =>
  (options: AdminOptions): FetchingAdmin => ({
    ...create(options),
    fetchBatch: fetchBatchBy(options.cluster, FetchedBatch),
    fetchRange: fetchRangeBy(options.cluster)
  })
