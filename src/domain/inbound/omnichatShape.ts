import type { Fields } from "../RecordReader.ts"
import { buildEvent } from "./buildEvent.ts"
import { readKind } from "./eventKind.ts"
import { firstTime, timeFields } from "./eventTime.ts"
import type { EventKind } from "./InboundEvent.ts"
import { type Reading, unknownKind } from "./Reading.ts"
import { firstName, valuesOf } from "./scopes.ts"

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
export const readOmnichat = (
  payload: Fields,
  envelope: Fields,
  receivedAt: number
): ReadonlyArray<Reading> | undefined => {
  // The envelope's `event` (UPDATE, CREATE) is none of the kinds: it only stands in where the payload says nothing.
  const near = [payload, envelope]
  const said = readKind(near)
  if (said?.kind === undefined) {
    const name = said?.name ?? firstName([envelope["resource"]])
    return name === undefined ? undefined : [unknownKind(name)]
  }
  const event = buildEvent({
    kind: said.kind,
    at: readAt(said.kind, payload, envelope) ?? receivedAt,
    // The envelope's own `objectId` names the notification, not the message.
    messageIds: [...valuesOf(near, ["message_id", "messageId"]), payload["objectId"], payload["id"]],
    near,
    around: []
  })
  return [{ _tag: "Event", event }]
}
