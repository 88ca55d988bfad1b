import { Schema, Effect } from "effect"

import { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { namesOf } from "../../domain/inbound/namesOf.ts"
import { type Origin, originKey } from "../../domain/record/Origin.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import { Ownership } from "../../services/Ownership.ts"
import { type Parked, ParkedEvents } from "../../services/ParkedEvents.ts"
import { Communications } from "../actors/Communications.ts"
import type { Correlated } from "./correlate.ts"
import { originOf, type RefusedEvent } from "./rejectRecord.ts"

/** One event and the record that brought it. */
export interface EventOfRecord {
  readonly record: KafkaRecord
  readonly event: InboundEvent
  /** Position of the event in its record, from 0. */
  readonly index: number
}

const Bytes = Schema.NullOr(Schema.String)

/**
 * The stored form of a parked event. It holds what is needed to apply the event later, or to make a dead letter of its
 * original bytes (base64).
 */
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

/** The key under which the event is parked. */
export const parkedKey = ({ index, record }: EventOfRecord): string => `${originKey(originOf(record))}#${index}`
const indexOf = (key: string): number => Number(key.slice(key.lastIndexOf("#") + 1))

/**
 * Converts an event to its parked form. `parkedAt` is in epoch milliseconds. All events of a record have the same time,
 * so that they end together.
 */
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

/** Restores the event and its record. Invalid content is a defect. */
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

/**
 * Applies an event to its communication. Returns how the event ended, or `undefined` if it is to be parked: the
 * communication does not exist, or waits for its Case. A refusal is still to be published.
 */
export const applyToCommunication = Effect.fnUntraced(function* (
  { event, index, record }: EventOfRecord,
  whose: Correlated
) {
  const communications = yield* Communications
  const { adopt, id } = whose
  const applied = yield* communications.apply(id, { origin: originOf(record), index, event, ...(adopt && { adopt }) })
  if (applied === "unknown" || applied === "waits") return undefined
  const ended: "applied" | RefusedEvent = applied === "applied" ? applied : { refusal: applied, id, index }
  return ended
})

/**
 * Runs the work with those of a record's events that are still parked, while no other process works on the record's: the
 * place is taken before any communication. None: another process has it.
 */
export const ifStillParked = Effect.fnUntraced(function* <A, E, R>(
  origin: Origin,
  keys: ReadonlyArray<string>,
  work: (left: ReadonlySet<string>) => Effect.Effect<A, E, R>
) {
  const ownership = yield* Ownership
  const parkedEvents = yield* ParkedEvents
  return yield* ownership.tryHold("record", originKey(origin), () =>
    Effect.flatMap(parkedEvents.stillParked(keys), (left): Effect.Effect<A | undefined, E, R> =>
      left.size === 0 ? Effect.undefined : work(left)
    )
  )
})
