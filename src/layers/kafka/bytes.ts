import type { KafkaRecord, NewRecord } from "../../services/Kafka.ts"

const encoder = new TextEncoder()

/** Encodes text as UTF-8 and returns bytes unchanged. */
export const bytesOf = (value: Uint8Array | string): Uint8Array =>
  typeof value === "string" ? encoder.encode(value) : value

/** Encodes the headers of a new record as a consumer reads them. */
export const headerBytes = (headers: NewRecord["headers"]): KafkaRecord["headers"] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, bytesOf(value)]))

/**
 * Bytes of a record batch's own header, then room for the variable-length integers of a record and of each of its
 * headers.
 */
const BATCH_OVERHEAD = 61
const RECORD_OVERHEAD = 21
const HEADER_OVERHEAD = 10

const length = (value: Uint8Array | string | null): number =>
  value === null ? 0 : typeof value === "string" ? Buffer.byteLength(value) : value.length

/** Returns an upper bound for the bytes that one record adds to a record batch. */
export const recordSize = (record: NewRecord): number => {
  let size = RECORD_OVERHEAD + length(record.key) + length(record.value)
  for (const [name, value] of Object.entries(record.headers)) {
    size += HEADER_OVERHEAD + Buffer.byteLength(name) + length(value)
  }
  return size
}

/** Returns an upper bound for the bytes of a batch with only this record. `max.message.bytes` limits this size. */
export const batchSize = (record: NewRecord): number => BATCH_OVERHEAD + recordSize(record)

/** Kafka's default for `max.message.bytes`. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588

const M = 0x5bd1e995

/** The 32-bit murmur2 with which Kafka's own clients hash keys (`org.apache.kafka.common.utils.Utils.murmur2`). */
export const murmur2 = (data: Uint8Array): number => {
  const length = data.length
  const view = new DataView(data.buffer, data.byteOffset, length)
  let hash = 0x9747b28c ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let k = Math.imul(view.getInt32(at, true), M)
    k = Math.imul(k ^ (k >>> 24), M)
    hash = Math.imul(hash, M) ^ k
  }
  const rest = length - at
  if (rest === 3) hash ^= view.getUint8(at + 2) << 16
  if (rest >= 2) hash ^= view.getUint8(at + 1) << 8
  if (rest >= 1) hash = Math.imul(hash ^ view.getUint8(at), M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

/** Returns the partition of a key, the same one that Kafka's Java client and C clients with murmur2 choose. */
export const partitionOf = (key: Uint8Array, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions
