import type { EachBatchPayload } from "kafkajs"

import type { KafkaRecord } from "../../../services/Kafka.ts"
import { decompress } from "./codecs/codecs.ts"
import { OpenBatch, type PackedBatch, type Undecodable } from "./packedBatch.ts"

/** A message in place of a whole batch, as our consumers get it from kafkajs (`fetchDecoder.ts`). */
export interface BatchMessage {
  readonly offset: string
  readonly packed?: PackedBatch
  readonly undecodable?: Undecodable
}

/** Records of a fetched part of a partition. */
interface TakenRecords {
  readonly records: ReadonlyArray<KafkaRecord>
  /** Where reading continues. Offsets before it that have no record are gaps. */
  readonly next: number
  /** What cannot be read from `next` on. */
  readonly undecodable?: Undecodable
}

/** Where to take records from. */
export interface FetchedPart {
  readonly topic: string
  readonly partition: number
  readonly messages: ReadonlyArray<BatchMessage>
  /** The offset that was asked for. */
  readonly from: number
  /** One past the last offset that was fetched. */
  readonly end: number
}

/** kafkajs's types omit what our client adds to its batches, but its version is checked. */
export const fetchedPart = (
  batch: Pick<EachBatchPayload["batch"], "topic" | "partition" | "lastOffset"> & {
    readonly messages: ReadonlyArray<BatchMessage>
    readonly fetchedOffset?: string
  }
): FetchedPart => ({
  topic: batch.topic,
  partition: batch.partition,
  messages: batch.messages,
  from: Number(batch.fetchedOffset),
  end: Number(batch.lastOffset()) + 1
})

export interface BatchReader {
  /** Takes at most `room` records. Never rejects. */
  take(part: FetchedPart, room: number): Promise<TakenRecords>
}

/** Batches that stay decompressed until they are fetched again, because only a part of them was taken. */
const MOST_OPEN = 4

/** Records that are taken at once, so that nothing else waits for long while they are read. */
const MOST_AT_ONCE = 5000

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/**
 * Makes the reader of batches, each of at most `maxBatch` decompressed bytes (`KAFKA_MAX_BATCH`). It decompresses one
 * batch at a time.
 */
export const makeBatchReader = (maxBatch: number): BatchReader => {
  const open = new Map<string, OpenBatch>()
  let turn: Promise<unknown> = Promise.resolve()

  /** Decompresses when no other batch is being decompressed. */
  const decompressInTurn = ({ codec, records }: PackedBatch): Promise<Uint8Array> => {
    const decompressed = turn.then(() => decompress(codec, records, maxBatch))
    turn = decompressed.catch(() => {})
    return decompressed
  }

  const isSame = (one: PackedBatch, other: PackedBatch) =>
    one.firstOffset === other.firstOffset && one.records.equals(other.records)

  const opened = async (key: string, packed: PackedBatch, from: number): Promise<OpenBatch> => {
    const before = open.get(key)
    open.delete(key)
    if (before === undefined || !isSame(before.packed, packed)) {
      return OpenBatch.of(packed, await decompressInTurn(packed))
    }
    return before.nextOffset <= from ? before : before.rewound()
  }

  /** Keeps what is left of a decompressed batch for the next time that it is fetched. */
  const keep = (key: string, batch: OpenBatch): void => {
    if (batch.packed.codec === 0) return
    open.set(key, batch)
    const [oldest] = open.keys()
    if (open.size > MOST_OPEN && oldest !== undefined) open.delete(oldest)
  }

  return {
    take: async ({ end, from, messages, partition, topic }, room) => {
      const key = `${topic}/${partition}`
      const records: Array<KafkaRecord> = []
      const most = Math.min(room, MOST_AT_ONCE)
      let next = from
      for (const { packed, undecodable } of messages) {
        if (undecodable !== undefined) {
          next = Math.max(next, undecodable.firstOffset)
          return { records, next, undecodable: { ...undecodable, firstOffset: next } }
        }
        if (packed === undefined || packed.lastOffset < next) continue
        if (packed.count > 0 && records.length >= most) return { records, next }
        let batch: OpenBatch
        try {
          batch = await opened(key, packed, next)
        } catch (error) {
          next = Math.max(next, packed.firstOffset)
          const undecodable = { firstOffset: next, lastOffset: packed.lastOffset, reason: reasonOf(error) }
          return { records, next, undecodable }
        }
        while (records.length < most || batch.isDone) {
          const record = batch.next(topic, partition, next)
          if (record === undefined) break
          records.push(record)
          next = record.offset + 1
        }
        if (!batch.isDone) {
          keep(key, batch)
          return { records, next }
        }
        next = Math.max(next, packed.lastOffset + 1)
      }
      return { records, next: Math.max(next, end) }
    }
  }
}
