import type { KafkaRecord, NewRecord } from "../../services/Kafka.ts"

const encoder = new TextEncoder()

/** Text as UTF-8; bytes as they are. */
export const bytesOf = (value: Uint8Array | string): Uint8Array =>
  typeof value === "string" ? encoder.encode(value) : value

/** The headers of a new record as a consumer reads them. */
export const headerBytes = (headers: NewRecord["headers"]): KafkaRecord["headers"] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, bytesOf(value)]))

/** A record batch's own header, and room for the variable-length integers of one record. */
const BATCH_OVERHEAD = 61
const RECORD_OVERHEAD = 21
const HEADER_OVERHEAD = 10

const length = (value: Uint8Array | string | null): number =>
  value === null ? 0 : typeof value === "string" ? Buffer.byteLength(value) : value.length

/** An upper bound of what one record adds to a record batch, in bytes. */
export const recordSize = (record: NewRecord): number => {
  let size = RECORD_OVERHEAD + length(record.key) + length(record.value)
  for (const [name, value] of Object.entries(record.headers)) {
    size += HEADER_OVERHEAD + Buffer.byteLength(name) + length(value)
  }
  return size
}

/** An upper bound of a batch of this one record: what `max.message.bytes` is compared with. */
export const batchSize = (record: NewRecord): number => BATCH_OVERHEAD + recordSize(record)

/** Kafka's default of `max.message.bytes`. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588
