import { decodeJson } from "../decodeJson.ts"
import { expectedType } from "../problem.ts"
import { type Fields, isFields } from "../RecordReader.ts"
import { readCorrelationId } from "./eventNames.ts"
import type { InboundEvent } from "./InboundEvent.ts"
import { readOmnichat } from "./omnichatShape.ts"
import { readPlain } from "./plainShape.ts"
import { type Reading, withoutKind } from "./Reading.ts"
import { objectsIn } from "./scopes.ts"
import { readWhatsapp } from "./whatsappShape.ts"

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
