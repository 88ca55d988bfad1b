import { decodeJson } from "../record/json.ts"
import { type Fields, expectedType, isFields } from "../record/RecordReader.ts"
import { buildEvent, readCorrelationId } from "./buildEvent.ts"
import { valuesOf, firstName, objectsIn } from "./candidates.ts"
import { readKind, firstTime, timeFields, type Reading, unknownKind, withoutKind } from "./eventKind.ts"
import type { EventKind, InboundEvent } from "./InboundEvent.ts"
import { readWhatsapp } from "./whatsappShape.ts"

/**
 * One object that is one event: canonical (our names in `context`) and flat (at the top level) differ only in where the
 * names stand. `undefined` when it says no kind (fixtures/README).
 */
const readPlain = (object: Fields, receivedAt: number): ReadonlyArray<Reading> | undefined => {
  const said = readKind([object])
  if (said === undefined) return undefined
  if (said.kind === undefined) return [unknownKind(said.name)]
  const event = buildEvent({
    kind: said.kind,
    at: firstTime(valuesOf([object], timeFields)) ?? receivedAt,
    messageIds: valuesOf([object], ["message_id", "messageId", "wamid", "id", "objectId"]),
    own: [object],
    shared: []
  })
  return [{ _tag: "Event", event }]
}

/** A status happened when the envelope says; the payload's `createdAt` is when its message was made: a reply's own time (SPEC 8.7). */
const readAt = (kind: EventKind, payload: Fields, envelope: Fields): number | undefined => {
  const payloadTimes = valuesOf(
    [payload],
    timeFields.filter((field) => field !== "createdAt")
  )
  const envelopeTimes = valuesOf([envelope], timeFields)
  return firstTime(
    kind === "reply" ? [payload["createdAt"], ...payloadTimes, ...envelopeTimes] : [...envelopeTimes, ...payloadTimes]
  )
}

/** OmniChat's webhook envelope: one event, its kind in `payload.status`; `undefined` when nothing in it says a kind (fixtures/README). */
const readOmnichat = (payload: Fields, envelope: Fields, receivedAt: number): ReadonlyArray<Reading> | undefined => {
  // The envelope's `event` (UPDATE, CREATE) is none of the kinds: it only stands in where the payload says nothing.
  const own = [payload, envelope]
  const said = readKind(own)
  if (said?.kind === undefined) {
    const name = said?.name ?? firstName([envelope["resource"]])
    return name === undefined ? undefined : [unknownKind(name)]
  }
  const event = buildEvent({
    kind: said.kind,
    at: readAt(said.kind, payload, envelope) ?? receivedAt,
    // The envelope's own `objectId` names the notification, not the message.
    messageIds: [...valuesOf(own, ["message_id", "messageId"]), payload["objectId"], payload["id"]],
    own: own,
    shared: []
  })
  return [{ _tag: "Event", event }]
}

export type DecodedInbound =
  | {
      readonly _tag: "Events"
      /** In the record's order. */
      readonly events: ReadonlyArray<InboundEvent>
      /** The kinds of what is not ours (SPEC 8.1), fit for logs; at least one where there are no events. */
      readonly unknown: ReadonlyArray<string>
    }
  | {
      readonly _tag: "Invalid"
      /** In Portuguese, without values of the record. */
      readonly detail: string
      /** A valid correlation id, where one could be read all the same. */
      readonly id?: string
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
 * The events of a record of `omnichannelRespostaCampanha`, of any shape of fixtures/README and mixtures of them, one or many
 * (SPEC 8.1). Total: whatever the bytes, it answers and never throws. `receivedAt` (epoch milliseconds) is the time of
 * events that have none. Invalid when nothing in it looks like an event (SPEC 8.12).
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
