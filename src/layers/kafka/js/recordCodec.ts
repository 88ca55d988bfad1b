import type { Message } from "kafkajs"

import { recordHeadersOf, RecordHeaders } from "../../../domain/record/RecordHeaders.ts"
import { varintBytes } from "../../../domain/record/VarintReader.ts"
import type { NewRecord } from "../../../services/Kafka.ts"

/** A message as our producers send it. Its headers are bytes, which kafkajs's own message cannot have. */
export interface EncodableMessage extends Message {
  readonly recordHeaders: RecordHeaders
}

const toBuffer = (value: Uint8Array | string): Buffer =>
  typeof value === "string" ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength)

/**
 * Converts a record to the form in which kafkajs sends it. The first attempt fills in `partition`, and later attempts
 * keep it.
 */
export const toMessage = (record: NewRecord): EncodableMessage => ({
  key: record.key === null ? null : toBuffer(record.key),
  value: record.value === null ? null : toBuffer(record.value),
  recordHeaders: recordHeadersOf(record.headers)
})

/** A record at its place in a batch. */
interface RecordInBatch {
  readonly offsetDelta?: number
  readonly timestampDelta?: number
  readonly key?: Buffer | null
  readonly value?: Buffer | null
}

const sized = (bytes: Uint8Array | null | undefined): ReadonlyArray<Uint8Array> =>
  bytes === null || bytes === undefined ? [varintBytes(-1)] : [varintBytes(bytes.length), bytes]

/** Encodes one record (Kafka's `DefaultRecord`). Time differences are of 32 bits. */
export const recordBytes = (
  { key, offsetDelta = 0, timestampDelta = 0, value }: RecordInBatch,
  { bytes, count }: RecordHeaders
): Buffer => {
  const attributes = 0
  const body = Buffer.concat([
    Uint8Array.from([attributes, ...varintBytes(timestampDelta), ...varintBytes(offsetDelta)]),
    ...sized(key),
    ...sized(value),
    varintBytes(count),
    bytes
  ])
  return Buffer.concat([varintBytes(body.length), body])
}

/** kafkajs's own encoder of a record, and its buffer that grows. */
type EncodeRecord = (record: RecordInBatch & { readonly recordHeaders?: RecordHeaders }) => object
type Encoder = new (size: number) => { writeBuffer(bytes: Buffer): object }

/** Encodes our messages, and those of other clients of this process as kafkajs does. */
export const recordEncoder =
  (encode: EncodeRecord, Encoder: Encoder): EncodeRecord =>
  (record) => {
    if (record.recordHeaders === undefined) return encode(record)
    const bytes = recordBytes(record, record.recordHeaders)
    return new Encoder(bytes.length).writeBuffer(bytes)
  }
