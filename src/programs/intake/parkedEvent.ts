import { Schema, Effect } from "effect"

import { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { namesOf, type ParkedName } from "../../domain/inbound/namesOf.ts"
import { type Origin, originKey } from "../../domain/record/Origin.ts"
import { internalError, Refusal } from "../../domain/responses/refusal.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import { Ownership } from "../../services/Ownership.ts"
import { type Parked, ParkedEvents } from "../../services/ParkedEvents.ts"
import { Settings } from "../../services/Settings.ts"
import { laterProcessSpan } from "../../telemetry/messagingSpan.ts"
import { Communications } from "../actors/Communications.ts"
import { maxTries, retryOnDefect } from "../runtime/retryOnDefect.ts"
import type { Correlated } from "./correlate.ts"
import { originOf, type RefusedEvent, rejectEvents } from "./rejectRecord.ts"

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

interface EndedParked {
  /** Were applied or skipped. */
  readonly done?: ReadonlyArray<EventOfRecord>
  /** Have their refusal now. */
  readonly refused?: ReadonlyArray<EventOfRecord>
  /** Had their refusal before, and waited for others. Or the value of the record. */
  readonly kept?: ReadonlyArray<EventOfRecord>
}

/**
 * Ends parked events of one record. The record has one dead letter, which is published when its last event has ended
 * (SPEC 8.3). Until then refused events stay parked, and this returns true. Only for whoever holds the record's place.
 */
export const endParked = Effect.fnUntraced(function* ({ done = [], kept = [], refused = [] }: EndedParked) {
  const parkedEvents = yield* ParkedEvents
  const ended = [...done, ...refused, ...kept]
  const [first] = ended
  if (done.length > 0) yield* parkedEvents.unpark(done.map(parkedKey))
  if (first === undefined) return false
  let all: ReadonlyArray<EventOfRecord> = [...refused, ...kept]
  if (first.together === true) {
    const left = yield* parkedEvents.leftOf(originOf(first.record), ended.map(parkedKey))
    if (left.waiting) {
      yield* Effect.forEach(refused, (one) => parkedEvents.replace(toParked(one, 0)))
      return all.length > 0
    }
    const known = new Set(all.map(parkedKey))
    all = [...left.refused.filter(({ key }) => !known.has(key)).map(fromParked), ...all]
  }
  if (all.length === 0) return false
  const sorted = all.toSorted((one, other) => one.index - other.index)
  const refusals = sorted.flatMap((one) => one.refused ?? [])
  const { record } = all.find(({ part }) => part === "value") ?? first
  yield* rejectEvents(record, refusals)
  yield* parkedEvents.unpark(sorted.map(parkedKey), refusals.length === 0 ? [] : [originOf(record)])
  return false
})

/** Ends a parked event as `attempt` says, if it is still parked and no other process has its record. */
const endBy = Effect.fnUntraced(function* <E, R>(
  one: EventOfRecord,
  attempt: Effect.Effect<"applied" | "busy" | "waits" | RefusedEvent | undefined, E, R>
) {
  const { groupId } = (yield* Settings).kafka
  const end = Effect.gen(function* () {
    const ended = yield* attempt
    if (ended === "applied") yield* endParked({ done: [one] })
    else if (typeof ended === "object") yield* endParked({ refused: [{ ...one, refused: ended }] })
    return ended ?? ("unknown" as const)
  }).pipe(laterProcessSpan(one.record, groupId))
  return yield* ifStillParked(originOf(one.record), [parkedKey(one)], () => end)
})

/** Applies a parked event, and retries after defects. Refuses it after the last try (SPEC 8.3, 9.7). */
export const applyParked = (one: EventOfRecord, whose: Correlated) => {
  const finalRefusal: RefusedEvent = { refusal: internalError(maxTries), id: whose.id, index: one.index }
  return endBy(one, retryOnDefect(applyToCommunication(one, whose), Effect.succeed(finalRefusal)))
}

/** Applies a parked event. Fails with its defect. */
export const tryParked = (one: EventOfRecord, whose: Correlated) => endBy(one, applyToCommunication(one, whose))

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
