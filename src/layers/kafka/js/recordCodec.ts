import type { KafkaMessage, Message } from "kafkajs"

import type { KafkaRecord, NewRecord } from "../../../services/Kafka.ts"
import { bytesOf } from "../bytes.ts"

type Header = Buffer | string | Array<Buffer | string> | undefined

const headerOf = (value: Header): Uint8Array | undefined => {
  const last = Array.isArray(value) ? value.at(-1) : value
  return last === undefined ? undefined : bytesOf(last)
}

/** Converts a record that kafkajs fetched. Of several headers with one name, the last counts. */
export const toRecord = (topic: string, partition: number, message: KafkaMessage): KafkaRecord => {
  const headers: Record<string, Uint8Array> = {}
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const bytes = headerOf(value)
    if (bytes !== undefined) headers[name] = bytes
  }
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers
  }
}

const toBuffer = (value: Uint8Array | string): Buffer | string =>
  typeof value === "string" ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)

/**
 * Converts a record to the form in which kafkajs sends it. The first attempt fills in `partition`, and later attempts
 * keep it.
 */
export const toMessage = (record: NewRecord): Message => ({
  key: record.key === null ? null : toBuffer(record.key),
  value: record.value === null ? null : toBuffer(record.value),
  headers: Object.fromEntries(Object.entries(record.headers).map(([name, value]) => [name, toBuffer(value)]))
})
