import { AsyncLocalStorage } from "node:async_hooks"

import type { BatchMessage } from "./BatchReader.ts"
import {
  batchContext,
  batchEnd,
  batchOffsets,
  isControlBatch,
  packedBatch,
  type Undecodable,
  verifyBatch
} from "./packedBatch.ts"

/** The reader with which kafkajs decodes a fetch response. */
interface FetchDecoder {
  readonly buffer: Buffer
  offset: number
}

/** A message as kafkajs passes it on, with the fields that kafkajs reads. */
interface FetchedMessage extends BatchMessage {
  readonly batchContext: object
}

/** kafkajs's decoder of one record batch, and the checksum function whose result kafkajs does not compare. */
type DecodeBatch = (decoder: FetchDecoder) => Promise<{ readonly records: ReadonlyArray<object> }>
type Checksum = (bytes: Buffer) => number

/** True within a fetch whose batches our own reader unpacks. Other clients of this process get kafkajs's messages. */
const packing = new AsyncLocalStorage<true>()

/** Runs a fetch. Its batches are not unpacked: each becomes one message at its last offset. */
export const withPackedBatches = <A>(fetch: () => Promise<A>): Promise<A> => packing.run(true, fetch)

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/**
 * Decodes one record batch. Returns `Undecodable` in its place if the bytes are damaged or the compression is unknown,
 * because kafkajs would fail the whole fetch, with all partitions of the broker, again and again.
 */
export const decodeBatch =
  (decode: DecodeBatch, checksum: Checksum): DecodeBatch =>
  async (decoder) => {
    const { buffer, offset: start } = decoder
    const end = batchEnd(buffer, start)
    // The response was full, so the batch is cut off. kafkajs recognises that and fetches it again.
    if (end > buffer.length) return decode(decoder)
    const inItsPlace = (message: Omit<BatchMessage, "offset">, context: object) => {
      decoder.offset = end
      const records: ReadonlyArray<FetchedMessage> = [
        { offset: String(batchOffsets(buffer, start).lastOffset), batchContext: context, ...message }
      ]
      return { records }
    }
    try {
      verifyBatch(buffer, start, checksum)
      if (packing.getStore() === undefined || isControlBatch(buffer, start)) return await decode(decoder)
      return inItsPlace({ packed: packedBatch(buffer, start) }, batchContext(buffer, start))
    } catch (error) {
      const undecodable: Undecodable = { ...batchOffsets(buffer, start), reason: reasonOf(error) }
      return inItsPlace({ undecodable }, {})
    }
  }

interface Aborted {
  readonly messages: ReadonlyArray<{
    readonly offset: string
    readonly key?: Buffer | null
    readonly isControlRecord?: boolean
    readonly batchContext: { readonly producerId?: string; readonly inTransaction?: boolean }
  }>
  readonly abortedTransactions?: ReadonlyArray<{ readonly firstOffset: string; readonly producerId: string }> | null
}

const ABORT = Buffer.from([0, 0, 0, 0])

/**
 * Returns the messages that belong to no aborted transaction. kafkajs begins only one aborted transaction with each
 * message, so it delivers the first messages of other transactions that had begun before.
 */
export const withoutAborted = ({ abortedTransactions, messages }: Aborted) => {
  const ahead = [...(abortedTransactions ?? [])]
  const aborted = new Set<string | undefined>()
  return messages.filter(({ batchContext: { inTransaction, producerId }, isControlRecord, key, offset }) => {
    for (let [first] = ahead; first !== undefined && BigInt(offset) >= BigInt(first.firstOffset); [first] = ahead) {
      aborted.add(first.producerId)
      ahead.shift()
    }
    if (isControlRecord === true) {
      if (key && Buffer.from(key).equals(ABORT)) aborted.delete(producerId)
      return true
    }
    return inTransaction !== true || !aborted.has(producerId)
  })
}
