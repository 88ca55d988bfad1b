import { RecordHeaders } from "../../../domain/record/RecordHeaders.ts"
import { recordTime } from "../../../domain/record/recordTime.ts"
import { Malformed, VarintReader } from "../../../domain/record/VarintReader.ts"
import type { KafkaRecord } from "../../../services/Kafka.ts"

/** Stands in for a record batch that cannot be read, as one message at its last offset. */
export interface Undecodable {
  readonly firstOffset: number
  readonly lastOffset: number
  /** Contains none of the bytes. */
  readonly reason: string
}

/** A record batch as it was fetched. Its records are decompressed and read when there is room for them. */
export interface PackedBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  /** The number of its records. Some of its offsets may have none. */
  readonly count: number
  readonly codec: number
  /** Epoch milliseconds, any 64 bits. */
  readonly firstTimestamp: bigint
  /** When the broker wrote it. Present if its topic counts that as the time of its records. */
  readonly appendedAt?: bigint
  readonly records: Buffer
}

// Byte positions of a batch's fields, and bits of its attributes (Kafka's `DefaultRecordBatch`).
const LENGTH = 8
const AFTER_LENGTH = 12
const CHECKSUM = 17
const ATTRIBUTES = 21
const LAST_OFFSET_DELTA = 23
const FIRST_TIMESTAMP = 27
const MAX_TIMESTAMP = 35
const PRODUCER_ID = 43
const COUNT = 57
const RECORDS = 61

const CODEC = 0x07
const LAST_CODEC = 4
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

/** Where the batch that begins at `start` ends. */
export const batchEnd = (bytes: Buffer, start: number): number =>
  start + AFTER_LENGTH + bytes.readInt32BE(start + LENGTH)

/** The offsets that the batch at `start` claims to have. */
export const batchOffsets = (bytes: Buffer, start: number) => {
  const firstOffset = Number(bytes.readBigInt64BE(start))
  return { firstOffset, lastOffset: firstOffset + bytes.readInt32BE(start + LAST_OFFSET_DELTA) }
}

/** Throws if the bytes are not those that the producer wrote, or their compression is unknown. */
export const verifyBatch = (bytes: Buffer, start: number, checksum: (bytes: Buffer) => number): void => {
  const covered = bytes.subarray(start + ATTRIBUTES, batchEnd(bytes, start))
  if (checksum(covered) !== bytes.readUInt32BE(start + CHECKSUM)) throw new Error("the checksum does not match")
  const codec = bytes.readInt16BE(start + ATTRIBUTES) & CODEC
  if (codec > LAST_CODEC) throw new Error(`the compression ${codec} is not known`)
}

/** True for marks of transactions, which are never delivered. */
export const isControlBatch = (bytes: Buffer, start: number): boolean =>
  (bytes.readInt16BE(start + ATTRIBUTES) & CONTROL) !== 0

/** What kafkajs must know of a batch's transaction. */
export const batchContext = (bytes: Buffer, start: number) => ({
  producerId: String(bytes.readBigInt64BE(start + PRODUCER_ID)),
  inTransaction: (bytes.readInt16BE(start + ATTRIBUTES) & TRANSACTIONAL) !== 0
})

/** The batch at `start`, which must be whole. */
export const packedBatch = (bytes: Buffer, start: number): PackedBatch => {
  const attributes = bytes.readInt16BE(start + ATTRIBUTES)
  return {
    ...batchOffsets(bytes, start),
    count: bytes.readInt32BE(start + COUNT),
    codec: attributes & CODEC,
    firstTimestamp: bytes.readBigInt64BE(start + FIRST_TIMESTAMP),
    ...((attributes & LOG_APPEND_TIME) !== 0 && { appendedAt: bytes.readBigInt64BE(start + MAX_TIMESTAMP) }),
    records: bytes.subarray(start + RECORDS, batchEnd(bytes, start))
  }
}

const copyOf = (bytes: Uint8Array | null): Uint8Array | null => (bytes === null ? null : new Uint8Array(bytes))

/**
 * Throws `Malformed` unless all bytes are the records that the batch claims to have. Allocates nothing for a record.
 */
const verifyRecords = ({ count, firstOffset, lastOffset }: PackedBatch, plain: Uint8Array): void => {
  const reader = new VarintReader(plain)
  let next = firstOffset
  for (let index = 0; index < count; index++) {
    const length = reader.varint()
    const end = reader.skip(length) + length
    reader.at = end - length
    reader.byte()
    reader.skipVarlong()
    const offset = firstOffset + reader.varint()
    if (offset < next || offset > lastOffset) throw new Malformed(`a record has the offset ${offset}`)
    next = offset + 1
    reader.skipSized()
    reader.skipSized()
    RecordHeaders.skip(reader)
    if (reader.at !== end) throw new Malformed("a record has another length than it says")
  }
  if (reader.at !== plain.length) throw new Malformed(`there are more bytes than those of ${count} records`)
}

/** The decompressed records of a batch, read one after the other. */
export class OpenBatch {
  readonly packed: PackedBatch
  readonly plain: Uint8Array
  /** One past the last record that was read or skipped. */
  nextOffset: number
  private readonly reader: VarintReader
  private index = 0

  /** The records must have been verified. */
  private constructor(packed: PackedBatch, plain: Uint8Array) {
    this.packed = packed
    this.plain = plain
    this.reader = new VarintReader(plain)
    this.nextOffset = packed.firstOffset
  }

  /** Throws `Malformed`. */
  static of(packed: PackedBatch, plain: Uint8Array): OpenBatch {
    verifyRecords(packed, plain)
    return new OpenBatch(packed, plain)
  }

  /** The same batch, not read yet. */
  rewound(): OpenBatch {
    return new OpenBatch(this.packed, this.plain)
  }

  /** All its records were read or skipped. */
  get isDone(): boolean {
    return this.index >= this.packed.count
  }

  /** Reads the next record from offset `from` on; `undefined` after the last one. */
  next(topic: string, partition: number, from: number): KafkaRecord | undefined {
    while (!this.isDone) {
      const record = this.read(topic, partition, from)
      if (record !== undefined) return record
    }
    return undefined
  }

  /** Reads one record, or skips it if it lies before `from`. */
  private read(topic: string, partition: number, from: number): KafkaRecord | undefined {
    const { reader } = this
    const { appendedAt, codec, firstOffset, firstTimestamp } = this.packed
    const length = reader.varint()
    const end = reader.at + length
    reader.byte()
    const timestamp = appendedAt ?? BigInt.asIntN(64, firstTimestamp + reader.varlong())
    if (appendedAt !== undefined) reader.skipVarlong()
    const offset = firstOffset + reader.varint()
    this.index++
    this.nextOffset = offset + 1
    if (offset < from) {
      reader.at = end
      return undefined
    }
    const [key, value] = [reader.sized(), reader.sized()]
    const headers = RecordHeaders.read(reader)
    // A record must not keep all others of its batch in memory.
    const isShared = codec !== 0
    return {
      topic,
      partition,
      offset,
      ...recordTime(timestamp),
      key: isShared ? copyOf(key) : key,
      value: isShared ? copyOf(value) : value,
      headers: isShared ? headers.copied() : headers
    }
  }
}
