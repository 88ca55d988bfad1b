import { decodeJson } from "../record/json.ts"
import { type Fields, expectedType, isFields } from "../record/RecordReader.ts"
import { buildEvent, readCorrelationId } from "./buildEvent.ts"
import { valuesOf, firstName, objectsIn } from "./candidates.ts"
import {
  isOther,
  isOwn,
  readEventTime,
  readKind,
  timeFields,
  type Reading,
  unknownKind,
  withoutKind
} from "./eventKind.ts"
import type { EventKind, InboundEvent } from "./InboundEvent.ts"
import { kindWithContent } from "./replyContent.ts"
import { readWhatsapp } from "./whatsappShape.ts"

export type DecodedInbound =
  | {
      readonly _tag: "Events"
      /** In the record's order. */
      readonly events: ReadonlyArray<InboundEvent>
      /** Unknown kinds (SPEC 8.1), safe to log; at least one if there are no events. */
      readonly unknown: ReadonlyArray<string>
    }
  | {
      readonly _tag: "Invalid"
      /** In Portuguese, without values of the record. */
      readonly detail: string
      /** A valid correlation id, if one could still be read. */
      readonly id?: string
    }

/** The values that may hold the id of each message that a plain object is about. Z-API lists several in `ids`. */
const messageIdsOf = (object: Fields): ReadonlyArray<ReadonlyArray<unknown>> => {
  const values = valuesOf([object], ["message_id", "messageId", "wamid", "id", "objectId"])
  const list = object["ids"]
  return firstName(values) === undefined && Array.isArray(list) && list.length > 0 ? list.map((id) => [id]) : [values]
}

/**
 * Reads an object that is an event. The canonical shape has our names in `context`, the flat shape at the top level;
 * nothing else differs. `undefined` when the object states no kind (fixtures/README).
 */
const readPlain = (object: Fields, receivedAt: number): ReadonlyArray<Reading> | undefined => {
  const { kind, name } = readKind([object]) ?? {}
  if (name === undefined) return undefined
  if (kind === undefined) return [unknownKind(name)]
  if (kind === "reply" && isOwn([object])) return [unknownKind("fromMe")]
  const type = firstName([object["type"]])
  if (kind !== "reply" && type !== undefined && isOther(type)) return [unknownKind(type)]
  const eventOf = (messageIds: ReadonlyArray<unknown>) =>
    buildEvent({
      kind: kindWithContent({ kind, name }, [object]),
      time: readEventTime(valuesOf([object], timeFields), receivedAt),
      messageIds,
      own: [object],
      shared: []
    })
  const [first = [], ...others] = messageIdsOf(object)
  if (others.length === 0) return [{ _tag: "Event", event: eventOf(first) }]
  // Everything else is read once, because there may be very many ids.
  const event = eventOf([])
  return [first, ...others].map((ids) => {
    const messageId = firstName(ids)
    return { _tag: "Event", event: messageId === undefined ? event : { ...event, messageId } }
  })
}

/**
 * The values that may be the time of an event. For a status the envelope's come first. The payload's `createdAt` is
 * when the message was created, which is a reply's own time (SPEC 8.7).
 */
const timesOf = (kind: EventKind, payload: Fields, envelope: Fields): ReadonlyArray<unknown> => {
  const payloadTimes = valuesOf(
    [payload],
    timeFields.filter((field) => field !== "createdAt")
  )
  const envelopeTimes = valuesOf([envelope], timeFields)
  return kind === "reply"
    ? [payload["createdAt"], ...payloadTimes, ...envelopeTimes]
    : [...envelopeTimes, ...payloadTimes]
}

/**
 * Reads OmniChat's webhook envelope: one event, with its kind in `payload.status`. `undefined` when nothing in it
 * states a kind (fixtures/README).
 */
const readOmnichat = (payload: Fields, envelope: Fields, receivedAt: number): ReadonlyArray<Reading> | undefined => {
  // The envelope's `event` (UPDATE, CREATE) is not one of the kinds. It is only used if the payload states nothing.
  const own = [payload, envelope]
  const kindField = readKind(own)
  if (kindField?.kind === undefined) {
    const name = kindField?.name ?? firstName([envelope["resource"]])
    return name === undefined ? undefined : [unknownKind(name)]
  }
  const kind = kindWithContent({ kind: kindField.kind, name: kindField.name }, own)
  if (kind === "reply" && isOwn(own)) return [unknownKind("fromMe")]
  const event = buildEvent({
    kind,
    time: readEventTime(timesOf(kind, payload, envelope), receivedAt),
    // The envelope's own `objectId` names the notification, not the message.
    messageIds: [...valuesOf(own, ["message_id", "messageId"]), payload["objectId"], payload["id"]],
    own,
    shared: []
  })
  return [{ _tag: "Event", event }]
}

const noKnownShape =
  "nenhuma forma conhecida de evento: esperado um tipo em evento, event, status ou tipo, ou um envelope com payload ou entry"

const readObject = (object: Fields, receivedAt: number): ReadonlyArray<Reading> | undefined => {
  const payload = object["payload"]
  return (
    readWhatsapp(object, [], receivedAt) ??
    (isFields(payload)
      ? (readWhatsapp(payload, [object], receivedAt) ?? readOmnichat(payload, object, receivedAt))
      : undefined) ??
    readPlain(object, receivedAt)
  )
}

/**
 * Decodes the events of a record of `omnichannelRespostaCampanha`: one or many, in any shape of fixtures/README or a
 * mixture of them (SPEC 8.1). Total: it returns a result for any bytes and never throws. `receivedAt` (epoch
 * milliseconds) is the time of events that have none. `Invalid` when nothing in it looks like an event (SPEC 8.12).
 */
export const decodeInbound = (value: Uint8Array | null, receivedAt: number): DecodedInbound => {
  const decoded = decodeJson(value)
  if (decoded._tag === "NotJson") return { _tag: "Invalid", detail: decoded.problem }
  if (!isFields(decoded.value) && !Array.isArray(decoded.value)) {
    return { _tag: "Invalid", detail: expectedType("objeto ou lista de objetos", decoded.value) }
  }
  const parts: ReadonlyArray<unknown> = Array.isArray(decoded.value) ? decoded.value : [decoded.value]
  const found = parts.map((part) => (isFields(part) ? readObject(part, receivedAt) : undefined))
  if (found.every((readings) => readings === undefined)) {
    const id = readCorrelationId(objectsIn(parts))
    return { _tag: "Invalid", detail: noKnownShape, ...(id !== undefined && { id }) }
  }
  const readings = found.flatMap((each) => each ?? [withoutKind])
  return {
    _tag: "Events",
    events: readings.flatMap((reading) => (reading._tag === "Event" ? [reading.event] : [])),
    unknown: readings.flatMap((reading) => (reading._tag === "Unknown" ? [reading.kind] : []))
  }
}
