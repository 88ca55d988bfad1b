import type { KafkaMessage } from "kafkajs"

/** In the place of a record batch that cannot be read, as one message at its last offset. */
export interface Undecodable {
  readonly firstOffset: number
  readonly lastOffset: number
  /** Says nothing of what the bytes are. */
  readonly reason: string
}

/** What kafkajs reads a fetch answer with. */
interface FetchDecoder {
  readonly buffer: Buffer
  offset: number
}

/** kafkajs's decoder of one record batch, and the checksum that it does not compare. */
export type DecodeBatch = (decoder: FetchDecoder) => Promise<{ readonly records: ReadonlyArray<object> }>
export type Checksum = (bytes: Buffer) => number

// Where a batch of magic 2 has what is read here (Kafka's `DefaultRecordBatch`).
const LENGTH = 8
const AFTER_LENGTH = 12
const CHECKSUM = 17
const ATTRIBUTES = 21
const LAST_OFFSET_DELTA = 23

const CODEC = 0x07
const ZSTD = 4

/**
 * Decodes one record batch, and gives `Undecodable` in its place where the bytes are damaged or in no known compression:
 * kafkajs would fail the whole fetch, all partitions of the broker with it, again and again.
 */
export const decodeBatch =
  (decode: DecodeBatch, checksum: Checksum): DecodeBatch =>
  async (decoder) => {
    const { buffer, offset: start } = decoder
    const end = start + AFTER_LENGTH + buffer.readInt32BE(start + LENGTH)
    // Cut off where the answer was full: kafkajs knows that, and asks again.
    if (end > buffer.length) return decode(decoder)
    try {
      const covered = buffer.subarray(start + ATTRIBUTES, end)
      if (checksum(covered) !== buffer.readUInt32BE(start + CHECKSUM)) throw new Error("the checksum does not match")
      const codec = buffer.readInt16BE(start + ATTRIBUTES) & CODEC
      if (codec > ZSTD) throw new Error(`the compression ${codec} is not known`)
      return await decode(decoder)
    } catch (error) {
      decoder.offset = end
      const firstOffset = Number(buffer.readBigInt64BE(start))
      const lastOffset = firstOffset + buffer.readInt32BE(start + LAST_OFFSET_DELTA)
      const undecodable: Undecodable = { firstOffset, lastOffset, reason: reasonOf(error) }
      return { records: [{ offset: String(lastOffset), batchContext: {}, undecodable }] }
    }
  }

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** What of a batch can be read, up to the first part that cannot. */
export const readable = (
  messages: ReadonlyArray<KafkaMessage & { readonly undecodable?: Undecodable }>
): { readonly messages: ReadonlyArray<KafkaMessage>; readonly undecodable: Undecodable | undefined } => {
  const at = messages.findIndex((it) => it.undecodable !== undefined)
  return at < 0
    ? { messages, undecodable: undefined }
    : { messages: messages.slice(0, at), undecodable: messages[at]?.undecodable }
}
