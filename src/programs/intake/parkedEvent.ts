import { Schema, Effect } from "effect"

import { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { namesOf, type ParkedName } from "../../domain/inbound/namesOf.ts"
import { originKey } from "../../domain/record/Origin.ts"
import { Refusal } from "../../domain/responses/refusal.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import type { Parked } from "../../services/ParkedEvents.ts"
import { Communications } from "../actors/Communications.ts"
import type { Correlated } from "./correlate.ts"
import { originOf, type RefusedEvent } from "./rejectRecord.ts"

/** One event and the record that brought it. */
export interface EventOfRecord {
  readonly record: KafkaRecord
  readonly event: InboundEvent
  /** Position of the event in its record, from 0. */
  readonly index: number
  /** Its communication, where that is known and was busy or waited. */
  readonly id?: string
  /** Set on an event that is refused, and waits for the last event of its record to end (SPEC 8.3). */
  readonly refused?: RefusedEvent
  /** Other events of its record are parked, too. */
  readonly together?: boolean
  /** `bare`: its record lacks its value, which is kept once for all events. `value`: no event, but what keeps it. */
  readonly part?: "bare" | "value"
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
  timestamp: Schema.Number,
  id: Schema.optionalKey(Schema.String),
  refusal: Schema.optionalKey(Refusal),
  together: Schema.optionalKey(Schema.Boolean),
  part: Schema.optionalKey(Schema.Literals(["bare", "value"]))
})

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")
const decode = (text: string): Uint8Array => Buffer.from(text, "base64")

const orNull = <A, B>(value: A | null, map: (value: A) => B) => (value === null ? null : map(value))

const mapValues = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))

/** The key under which the event is parked. */
export const parkedKey = ({ index, record }: EventOfRecord): string => `${originKey(originOf(record))}#${index}`
const indexOf = (key: string): number => Number(key.slice(key.lastIndexOf("#") + 1))

/** By what a parked event is found: its communication, else its own names, and its record where it is not alone. */
const parkedNames = ({ event, id, part, record, refused, together }: EventOfRecord): ReadonlyArray<ParkedName> => {
  const place = originKey(originOf(record))
  if (refused !== undefined || part === "value") return [{ kind: "refused", value: place }]
  return [
    ...(id === undefined ? [] : [{ kind: "id", value: id } as const]),
    ...namesOf(event).filter(({ kind }) => id === undefined || kind !== "id"),
    ...(together === true ? [{ kind: "record", value: place } as const] : [])
  ]
}

/**
 * Converts an event to its parked form. `parkedAt` is in epoch milliseconds. All events of a record have the same time,
 * so that they end together.
 */
export const toParked = (one: EventOfRecord, parkedAt: number): Parked => {
  const { event, part, record, refused, together } = one
  const { headers, key, timestamp, value } = record
  const id = refused === undefined ? one.id : refused.id
  return {
    key: parkedKey(one),
    origin: originOf(record),
    event: {
      event,
      key: orNull(key, encode),
      value: part === "bare" ? null : orNull(value, encode),
      headers: mapValues(headers, encode),
      timestamp,
      ...(id !== undefined && { id }),
      ...(refused && { refusal: refused.refusal }),
      ...(together === true && { together }),
      ...(part && { part })
    },
    names: parkedNames(one),
    parkedAt
  }
}

/** How many bytes the events of one record may keep of it together. Beyond that its value is kept once. */
const mostCopied = 1_000_000

/** Converts the events of one record that are parked together. `parkedAt` is in epoch milliseconds. */
export const toParkedTogether = (events: ReadonlyArray<EventOfRecord>, parkedAt: number): ReadonlyArray<Parked> => {
  const [first] = events
  if (first === undefined || events.length === 1) return events.map((one) => toParked(one, parkedAt))
  const isLong = events.length * (first.record.value?.length ?? 0) > mostCopied
  const parked = events.map((one) =>
    toParked({ ...one, together: true, ...(isLong && { part: "bare" as const }) }, parkedAt)
  )
  const { event, record } = first
  const index = 1 + events.reduce((last, one) => Math.max(last, one.index), 0)
  return isLong ? [...parked, toParked({ event, record, index, together: true, part: "value" }, parkedAt)] : parked
}

const read = Schema.decodeUnknownSync(ParkedEvent)

/** Restores the event and its record. Invalid content is a defect. */
export const fromParked = (parked: Parked): EventOfRecord => {
  const { event, headers, id, key, part, refusal, timestamp, together, value } = read(parked.event)
  const index = indexOf(parked.key)
  return {
    event,
    index,
    ...(id !== undefined && { id }),
    ...(refusal && { refused: { refusal, id, index } }),
    ...(together === true && { together }),
    ...(part && { part }),
    record: {
      ...parked.origin,
      timestamp,
      key: orNull(key, decode),
      value: orNull(value, decode),
      headers: mapValues(headers, decode)
    }
  }
}

/** False for an event that a newer version has parked in another form (SPEC 9.8). */
export const isReadable = (parked: Parked): boolean => {
  try {
    fromParked(parked)
    return true
  } catch {
    return false
  }
}

/**
 * Applies an event to its communication. Returns how the event ended, or `undefined` if the communication does not
 * exist. A refusal is still to be published. The event is to be parked if its communication is `busy` or `waits`.
 */
export const applyToCommunication = Effect.fnUntraced(function* (
  { event, index, record }: EventOfRecord,
  whose: Correlated
) {
  const communications = yield* Communications
  const { adopt, id } = whose
  const applied = yield* communications.apply(id, { origin: originOf(record), index, event, ...(adopt && { adopt }) })
  if (applied === "unknown") return undefined
  const ended: "applied" | "busy" | "waits" | RefusedEvent =
    typeof applied === "string" ? applied : { refusal: applied, id, index }
  return ended
})
