import { Schema, Effect } from "effect"

import { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { namesOf, type ParkedName } from "../../domain/inbound/namesOf.ts"
import type { Judgement } from "../../domain/inbound/whose.ts"
import { originKey } from "../../domain/record/Origin.ts"
import { RecordHeaders } from "../../domain/record/RecordHeaders.ts"
import { ambiguousAnswer, Refusal } from "../../domain/responses/refusal.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import type { Parked } from "../../services/ParkedEvents.ts"
import { Communications } from "../actors/Communications.ts"
import { type Correlated, correlate } from "./correlate.ts"
import { originOf, type RefusedEvent } from "./rejectRecord.ts"

/** One event and the record that brought it. */
export interface EventOfRecord {
  readonly record: KafkaRecord
  readonly event: InboundEvent
  /** Position of the event in its record, from 0. */
  readonly index: number
  /** Its communication, if that is known and was busy or waited. */
  readonly id?: string
  /** The communications that it may be for, if there are several and one of them was busy or waited (SPEC 8.2). */
  readonly among?: ReadonlyArray<string>
  /** The message that it answers may still show which of these communications it is for. */
  readonly untilNamed?: true
  /** Its names contradict each other (SPEC 8.2), so no Case is looked up for it. */
  readonly contradicts?: true
  /** Set on an event that is refused, and waits for the last event of its record to end (SPEC 8.3). */
  readonly refused?: RefusedEvent
  /** Other events of its record are parked, too. */
  readonly together?: boolean
  /**
   * `bare`: the stored record lacks its key, value and headers, which are stored once for all events. `value`: not an
   * event, but these.
   */
  readonly part?: "bare" | "value"
}

const Bytes = Schema.NullOr(Schema.String)

/** No header, or one whose name is text and which has a value. Every version reads this form. */
const PlainHeaders = Schema.Record(Schema.String, Schema.String)

/** Any headers, as bytes. A version that cannot read them leaves the event to one that can (SPEC 9.8). */
const AnyHeaders = Schema.Struct({ count: Schema.Int, bytes: Schema.String })

/**
 * The stored form of a parked event. It holds what is needed to apply the event later, or to make a dead letter of its
 * original bytes (base64).
 */
const ParkedEvent = Schema.Struct({
  event: InboundEvent,
  key: Bytes,
  value: Bytes,
  headers: Schema.Union([AnyHeaders, PlainHeaders]),
  timestamp: Schema.Number,
  /** Of 64 bits, as a decimal number. */
  exactTimestamp: Schema.optionalKey(Schema.String),
  id: Schema.optionalKey(Schema.String),
  among: Schema.optionalKey(Schema.Array(Schema.String)),
  untilNamed: Schema.optionalKey(Schema.Literal(true)),
  refusal: Schema.optionalKey(Refusal),
  together: Schema.optionalKey(Schema.Boolean),
  part: Schema.optionalKey(Schema.Literals(["bare", "value"]))
})

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")
const decode = (text: string): Uint8Array => Buffer.from(text, "base64")

const orNull = <A, B>(value: A | null, map: (value: A) => B) => (value === null ? null : map(value))

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The name as text, if that can be a key of JSON in the database. */
const plainName = (name: Uint8Array): string | undefined => {
  try {
    const text = decoder.decode(name)
    return text.includes("\0") || text === "__proto__" ? undefined : text
  } catch {
    return undefined
  }
}

const encodeHeaders = (headers: RecordHeaders): typeof PlainHeaders.Type | typeof AnyHeaders.Type => {
  if (headers.count === 0) return {}
  const [only] = headers.count === 1 ? headers : []
  const name = only && plainName(only.name)
  return name !== undefined && only?.value
    ? { [name]: encode(only.value) }
    : { count: headers.count, bytes: encode(headers.bytes) }
}

const isAny = Schema.is(AnyHeaders)

/** Throws if they are not headers. */
const decodeHeaders = (headers: typeof PlainHeaders.Type | typeof AnyHeaders.Type): RecordHeaders =>
  isAny(headers)
    ? RecordHeaders.parse(headers.count, decode(headers.bytes))
    : RecordHeaders.of(Object.entries(headers).map(([name, value]) => [name, decode(value)] as const))

/** The key under which the event is parked. */
export const parkedKey = ({ index, record }: EventOfRecord): string => `${originKey(originOf(record))}#${index}`
const indexOf = (key: string): number => Number(key.slice(key.lastIndexOf("#") + 1))

/**
 * The names by which a parked event is found: its communications or else its own names, and its record if others of it
 * are parked.
 */
const parkedNames = (one: EventOfRecord): ReadonlyArray<ParkedName> => {
  const { among, event, id, part, record, refused, together } = one
  const place = originKey(originOf(record))
  if (refused !== undefined || part === "value") return [{ kind: "refused", value: place }]
  const known = among ?? (id === undefined ? [] : [id])
  return [
    ...known.map((value) => ({ kind: "id", value }) as const),
    ...namesOf(event).filter(({ kind }) => known.length === 0 || kind !== "id"),
    ...(together === true ? [{ kind: "record", value: place } as const] : [])
  ]
}

/** A `traceparent` has 55 characters, in later versions perhaps more. */
const longestTraceparent = 200

/** The record without its bytes. The spans of its events still lead to the producer's. */
const bareRecord = (record: KafkaRecord): KafkaRecord => {
  const traceparent = record.headers.get("traceparent")
  const headers =
    traceparent === undefined || traceparent.length > longestTraceparent
      ? RecordHeaders.none
      : RecordHeaders.of([["traceparent", traceparent]])
  return { ...record, key: null, value: null, headers }
}

/**
 * Converts an event to its parked form. `parkedAt` is in epoch milliseconds. All events of a record have the same time,
 * so that they end together.
 */
export const toParked = (one: EventOfRecord, parkedAt: number): Parked => {
  const { among, event, part, record, refused, together, untilNamed } = one
  const { exactTimestamp, headers, key, timestamp, value } = part === "bare" ? bareRecord(record) : record
  const id = refused === undefined ? one.id : refused.id
  return {
    key: parkedKey(one),
    origin: originOf(record),
    event: {
      event,
      key: orNull(key, encode),
      value: orNull(value, encode),
      headers: encodeHeaders(headers),
      timestamp,
      ...(exactTimestamp !== undefined && { exactTimestamp: String(exactTimestamp) }),
      ...(id !== undefined && { id }),
      ...(among && { among }),
      ...(untilNamed && { untilNamed }),
      ...(refused && { refusal: refused.refusal }),
      ...(together === true && { together }),
      ...(part && { part })
    },
    names: parkedNames(one),
    parkedAt
  }
}

/**
 * How many bytes the copies of a record in its events may have together. Beyond that its key, value and headers are
 * stored once.
 */
const mostCopied = 1_000_000

const sizeOf = ({ headers, key, value }: KafkaRecord): number =>
  (key?.length ?? 0) + (value?.length ?? 0) + headers.bytes.length

/** Converts the events of one record that are parked together. `parkedAt` is in epoch milliseconds. */
export const toParkedTogether = (events: ReadonlyArray<EventOfRecord>, parkedAt: number): ReadonlyArray<Parked> => {
  const [first] = events
  if (first === undefined || events.length === 1) return events.map((one) => toParked(one, parkedAt))
  const isLong = events.length * sizeOf(first.record) > mostCopied
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
  const stored = read(parked.event)
  const { among, event, exactTimestamp, headers, id, key, part, refusal, timestamp, together, untilNamed, value } =
    stored
  const index = indexOf(parked.key)
  return {
    event,
    index,
    ...(id !== undefined && { id }),
    ...(among && { among }),
    ...(untilNamed && { untilNamed }),
    ...(refusal && { refused: { refusal, id, index } }),
    ...(together === true && { together }),
    ...(part && { part }),
    record: {
      ...parked.origin,
      timestamp,
      ...(exactTimestamp !== undefined && { exactTimestamp: BigInt(exactTimestamp) }),
      key: orNull(key, decode),
      value: orNull(value, decode),
      headers: decodeHeaders(headers)
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

/** Judges whose the event is. If its communications were known when it was parked, it stays theirs. */
export const judge = Effect.fnUntraced(function* ({ among, event, id, untilNamed }: EventOfRecord) {
  const known: Judgement | undefined =
    id !== undefined
      ? { _tag: "Communication", id }
      : among && { _tag: "Ambiguous", among, ...(untilNamed && { untilNamed }) }
  if (known !== undefined && untilNamed !== true) return known
  const verdict = yield* correlate(event)
  // Only the event's names decide between them. It does not become the other one's because one of them is answered.
  const isNamed = verdict._tag === "Communication" && verdict.by === "name"
  return isNamed ? verdict : (known ?? verdict)
})

/**
 * Notes an event on the Case of each communication that it may be for, and refuses it (SPEC 8.2). The first of the
 * communications that is reached makes all of them durable. The event is to be parked if one of them is `busy`.
 */
export const noteOnAll = Effect.fnUntraced(function* (
  { event, index, record }: EventOfRecord,
  among: ReadonlyArray<string>
) {
  const communications = yield* Communications
  const received = { origin: originOf(record), index, event, among }
  const ended = yield* Effect.forEach(among, (id) => communications.apply(id, received), { concurrency: "unbounded" })
  const refused: RefusedEvent = { refusal: ambiguousAnswer, id: undefined, index }
  return ended.includes("busy") || ended.includes("waits") ? ("busy" as const) : refused
})

/**
 * Applies an event to its communication. Returns how the event ended, or `undefined` if the communication does not
 * exist. A refusal is still to be published. The event is to be parked if its communication is `busy` or `waits`.
 */
export const applyToCommunication = Effect.fnUntraced(function* (
  { event, index, record }: EventOfRecord,
  whose: Correlated
) {
  const communications = yield* Communications
  const { adopt, bySender, id } = whose
  const applied = yield* communications.apply(id, {
    origin: originOf(record),
    index,
    event,
    ...(adopt && { adopt }),
    ...(bySender !== undefined && { bySender })
  })
  if (applied === "unknown") return undefined
  const ended: "applied" | "busy" | "waits" | RefusedEvent =
    typeof applied === "string" ? applied : { refusal: applied, id, index }
  return ended
})
