import type { Json } from "../Canal.ts"
import type { FactOf } from "../Fact.ts"
import { caseState } from "./casePatches.ts"
import type { EventProgress, EventsState } from "./EventsState.ts"

type Planned = FactOf<"EventPlanned">

/** Without the note that settles a doubt: no other event repeats that (SPEC 8.6). */
const deliveryPatches = ({ event: { kind }, patches, settles }: Planned): ReadonlyArray<Json> =>
  kind === "delivered" || kind === "read" || kind === "failed" ? patches.slice(settles === undefined ? 0 : 1) : []

/** Each delivery note stands until the next one is planned, and so do the two times (SPEC 8.5). */
const deliveryRemains = (all: ReadonlyArray<Json>, body: Json): Json => {
  const { work_notes, ...fields } = body
  const later = all.slice(all.indexOf(body) + 1)
  const hasFields = (other: Json) => Object.keys(other).some((name) => name !== "work_notes")
  return { ...(later.length === 0 && { work_notes }), ...(!later.some(hasFields) && fields) }
}

/**
 * What of an event's PATCH is still to be written, when its first try has failed: a later event may have said more about the
 * Case, and must not be overridden (SPEC 8.5); `undefined`: nothing.
 */
export const remainsOf = (events: EventsState, { cancelled, planned }: EventProgress, body: Json): Json | undefined => {
  // Nor is what is left of a close that people were before, once NÃO was said.
  const isNoteOfClose = cancelled && planned.answered === "sim" && body === planned.patches.at(-1)
  if (isNoteOfClose || body.state === caseState.resolved) return events.saidNo ? undefined : body
  // A close that will not come is not announced (SPEC 8.9).
  if (planned.closesAt !== undefined && body === planned.patches.at(-1))
    return events.closesAt === undefined || events.closeResponse !== undefined ? undefined : body
  const deliveries = [...events.byKey.values()].flatMap((progress) => deliveryPatches(progress.planned))
  if (!deliveries.includes(body)) return body
  const remains = deliveryRemains(deliveries, body)
  return Object.keys(remains).length === 0 ? undefined : remains
}
