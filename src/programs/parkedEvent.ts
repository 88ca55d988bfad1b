import { Schema } from "effect"

import { Json } from "../domain/Canal.ts"
import { InboundEvent } from "../domain/inbound/InboundEvent.ts"
import type { Origin } from "../domain/Origin.ts"
import type { KafkaRecord } from "../services/Kafka.ts"

const Bytes = Schema.NullOr(Schema.String)

/** What a parked event needs to be applied later, or to become a dead letter with its original bytes (base64). */
const ParkedEvent = Schema.Struct({
  event: InboundEvent,
  key: Bytes,
  value: Bytes,
  headers: Schema.Record(Schema.String, Schema.String),
  timestamp: Schema.Number
})

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")
const decode = (text: string): Uint8Array => Buffer.from(text, "base64")

const orNull = <A, B>(value: A | null, map: (value: A) => B) => (value === null ? null : map(value))

const mapValues = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))

export const toParkedEvent = ({ headers, key, timestamp, value }: KafkaRecord, event: InboundEvent): Json => ({
  event,
  key: orNull(key, encode),
  value: orNull(value, encode),
  headers: mapValues(headers, encode),
  timestamp
})

const read = Schema.decodeUnknownSync(ParkedEvent)

/** The event and its record again; a defect for what is none. */
export const fromParkedEvent = (
  json: Json,
  origin: Origin
): { readonly event: InboundEvent; readonly record: KafkaRecord } => {
  const { event, headers, key, timestamp, value } = read(json)
  return {
    event,
    record: {
      ...origin,
      timestamp,
      key: orNull(key, decode),
      value: orNull(value, decode),
      headers: mapValues(headers, decode)
    }
  }
}
