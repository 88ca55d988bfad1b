import { Effect } from "effect"
import type { EachBatchPayload } from "kafkajs"

import { RecordHeaders } from "../../../../src/domain/record/RecordHeaders.ts"
import type { Admin } from "../../../../src/layers/kafka/js/Admin.ts"
import { failureOf } from "../../../../src/layers/kafka/js/Admin.ts"
import type { BatchMessage } from "../../../../src/layers/kafka/js/BatchReader.ts"
import type { MakeClient } from "../../../../src/layers/kafka/js/client.ts"
import type { LeaderAnswer } from "../../../../src/layers/kafka/js/fetchingAdmin.ts"
import { recordBytes } from "../../../../src/layers/kafka/js/recordCodec.ts"

type Listener = (event: { readonly payload: object }) => void

interface CommittedPartition {
  readonly partition: number
  readonly offset: string
  readonly metadata?: string
}

/** A batch of one record in place of a message, as our consumers get it from kafkajs, or one that cannot be decoded. */
export const message = (offset: number, more: Partial<BatchMessage> = {}): BatchMessage => {
  const records = recordBytes({ value: Buffer.from(`${offset}`) }, RecordHeaders.none)
  const packed = { firstOffset: offset, lastOffset: offset, count: 1, codec: 0, firstTimestamp: 0n, records }
  return { offset: `${offset}`, ...(more.undecodable === undefined && { packed }), ...more }
}

/**
 * kafkajs without brokers. The test decides what they do, and reads what the layer asks of them. There is one topic,
 * `topic`.
 */
export const fakeKafkaJs = () => {
  let listeners = new Map<string, Listener>()
  let listen: (entry: object) => void = () => {}
  let eachBatch: (payload: EachBatchPayload) => Promise<void> = () => Promise.resolve()
  const fake = {
    /** How often a consumer has connected. */
    connected: 0,
    onConnect: () => {},
    /** Partitions that are fetched, by partition. */
    reading: new Map<number, boolean>(),
    sought: [] as Array<readonly [number, string]>,
    commits: [] as Array<string>,
    /** What the brokers say that the group has committed, by partition. */
    committed: new Map([
      [0, "0"],
      [1, "0"]
    ]),
    /** What the brokers keep beside the offset that the group has committed, by partition. */
    metadata: new Map<number, string>(),
    /** Whether the brokers keep what a consumer commits. */
    keeps: false,
    /** The first offset of every partition. */
    low: "0",
    /** One past the last offset of every partition. */
    high: "1000",
    /** Why the leader of a partition does not answer, by partition. */
    unreachable: new Map<number, Error>(),
    /** Why the coordinator of the group does not answer the admin client. */
    unreachableCoordinator: undefined as Error | undefined,
    /** Answers a commit. */
    answer: (): Promise<void> => Promise.resolve(),
    emit: (event: string, payload: object = {}) => listeners.get(event)?.({ payload }),
    join: (partitions: ReadonlyArray<number>, memberId = "member", isLeader = true) =>
      fake.emit("consumer.group_join", { memberId, memberAssignment: { topic: partitions }, isLeader }),
    keep: (partition: number, offset: string, metadata = "") => {
      fake.committed.set(partition, offset)
      fake.metadata.set(partition, metadata)
    },
    log: (text: string, partition = 0) => listen({ log: { message: text, topic: "topic", partition } }),
    batch: (partition: number, fetchedOffset: number, messages: ReadonlyArray<object>, last: number) =>
      eachBatch({
        batch: { topic: "topic", partition, messages, fetchedOffset: `${fetchedOffset}`, lastOffset: () => `${last}` },
        isStale: () => false,
        resolveOffset: () => {},
        commitOffsetsIfNecessary: commit
      } as never)
  }
  const commit = (offsets: {
    topics: ReadonlyArray<{ partitions: ReadonlyArray<{ partition: number; offset: string }> }>
  }) => {
    for (const { partitions } of offsets.topics) {
      for (const { partition, offset } of partitions) fake.commits.push(`${partition}:${offset}`)
    }
    return fake.answer()
  }
  const flag =
    (open: boolean) =>
    ([it]: ReadonlyArray<{ readonly partitions: ReadonlyArray<number> }>) => {
      for (const partition of it?.partitions ?? []) fake.reading.set(partition, open)
    }
  const consumer = {
    on: (event: string, listener: Listener) => void listeners.set(event, listener),
    connect: async () => {
      fake.connected++
      fake.onConnect()
    },
    subscribe: async () => {},
    run: async (options: { readonly eachBatch: typeof eachBatch }) => {
      eachBatch = options.eachBatch
    },
    seek: ({ partition, offset }: { readonly partition: number; readonly offset: string }) =>
      void fake.sought.push([partition, offset]),
    pause: flag(false),
    resume: flag(true),
    commitOffsets: async (offsets: ReadonlyArray<CommittedPartition>) => {
      for (const { metadata, offset, partition } of offsets) {
        fake.commits.push(`${partition}:${offset}${metadata === undefined ? "" : ` ${metadata}`}`)
        if (fake.keeps) fake.keep(partition, offset, metadata)
      }
    },
    disconnect: async () => {}
  }
  const makeClient: MakeClient = (_, onEntry) => {
    listeners = new Map()
    listen = (entry) => onEntry?.(entry as never)
    return { consumer: () => consumer } as never
  }
  const asked = {
    listTopics: async () => ["topic"],
    fetchOffsets: async () => {
      if (fake.unreachableCoordinator !== undefined) throw fake.unreachableCoordinator
      const partitions = [...fake.committed].map(([partition, offset]) => ({
        partition,
        offset,
        metadata: fake.metadata.get(partition) ?? null
      }))
      return [{ topic: "topic", partitions }]
    },
    // Broker p + 1 leads partition p.
    fetchRanges: async (): Promise<ReadonlyArray<LeaderAnswer>> =>
      [...fake.committed.keys()].map((partition) => {
        const error = fake.unreachable.get(partition)
        const of = { leader: partition + 1, partitions: [partition] }
        const ranges = [{ partition, low: fake.low, high: fake.high }]
        return error === undefined ? Object.assign(of, { ranges }) : Object.assign(of, { ranges: [], error })
      }),
    describeCluster: async () => ({ clusterId: "cluster" })
  }
  const admin: Admin = { use: (ask) => Effect.tryPromise({ try: () => ask(asked as never), catch: failureOf }) }
  return { fake, makeClient, admin }
}
