import { Schema, Effect } from "effect"

import { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { namesOf } from "../../domain/inbound/namesOf.ts"
import { originKey } from "../../domain/record/Origin.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import type { Parked } from "../../services/ParkedEvents.ts"
import { Communications } from "../actors/Communications.ts"
import type { Correlated } from "./correlate.ts"
import { originOf, type RefusedEvent } from "./rejectRecord.ts"

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

/** One event, and the record that brought it. */
export interface EventOfRecord {
  readonly record: KafkaRecord
  readonly event: InboundEvent
  /** Of several events in the record, which; the first is 0. */
  readonly index: number
}

/** Under what it is parked. */
export const parkedKey = ({ index, record }: EventOfRecord): string => `${originKey(originOf(record))}#${index}`
const indexOf = (key: string): number => Number(key.slice(key.lastIndexOf("#") + 1))

/** `parkedAt` in epoch milliseconds; one time for all events of a record, which then end together. */
export const toParked = (one: EventOfRecord, parkedAt: number): Parked => {
  const { event, record } = one
  const { headers, key, timestamp, value } = record
  return {
    key: parkedKey(one),
    origin: originOf(record),
    event: {
      event,
      key: orNull(key, encode),
      value: orNull(value, encode),
      headers: mapValues(headers, encode),
      timestamp
    },
    names: namesOf(event),
    parkedAt
  }
}

const read = Schema.decodeUnknownSync(ParkedEvent)

/** The event and its record again; a defect for what is none. */
export const fromParked = (parked: Parked): EventOfRecord => {
  const { event, headers, key, timestamp, value } = read(parked.event)
  return {
    event,
    index: indexOf(parked.key),
    record: {
      ...parked.origin,
      timestamp,
      key: orNull(key, decode),
      value: orNull(value, decode),
      headers: mapValues(headers, decode)
    }
  }
}

/** How an event ended in its communication; `undefined` when that is not there, a refusal is still to be published. */
export const applyToCommunication = Effect.fnUntraced(function* (
  { event, index, record }: EventOfRecord,
  whose: Correlated
) {
  const communications = yield* Communications
  const { adopt, id } = whose
  const applied = yield* communications.apply(id, { origin: originOf(record), index, event, ...(adopt && { adopt }) })
  if (applied === "unknown") return undefined
  const ended: "applied" | RefusedEvent = applied === "applied" ? applied : { refusal: applied, id, index }
  return ended
})
