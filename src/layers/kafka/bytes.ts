import { recordHeadersOf } from "../../domain/record/RecordHeaders.ts"
import type { NewRecord } from "../../services/Kafka.ts"

const encoder = new TextEncoder()

/** Encodes text as UTF-8 and returns bytes unchanged. */
export const bytesOf = (value: Uint8Array | string): Uint8Array =>
  typeof value === "string" ? encoder.encode(value) : value

/** Bytes of a record batch's own header, then room for the variable-length integers of a record. */
const BATCH_OVERHEAD = 61
const RECORD_OVERHEAD = 31

const length = (value: Uint8Array | string | null): number =>
  value === null ? 0 : typeof value === "string" ? Buffer.byteLength(value) : value.length

/** Returns an upper bound for the bytes that one record adds to a record batch. */
export const recordSize = ({ headers, key, value }: NewRecord): number =>
  RECORD_OVERHEAD + length(key) + length(value) + recordHeadersOf(headers).bytes.length

/** Returns an upper bound for the bytes of a batch with only this record. `max.message.bytes` limits this size. */
export const batchSize = (record: NewRecord): number => BATCH_OVERHEAD + recordSize(record)

/** Kafka's default for `max.message.bytes`. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588
