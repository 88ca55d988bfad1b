import type { EventProgress, EventsState } from "../communication/EventsState.ts"
import type { FactOf } from "../communication/Fact.ts"
import { decisionDue, type State } from "../communication/State.ts"
import { type Write, writeName } from "../communication/Write.ts"
import type { Json, Answer } from "../record/ChannelResult.ts"
import { isPassing } from "../vendor/failure.ts"
import { caseState } from "./casePatches.ts"

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
const remainsOf = (events: EventsState, { cancelled, planned }: EventProgress, body: Json): Json | undefined => {
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

/** A write that failed for a passing reason and is tried again at `dueAt`, epoch milliseconds. */
export interface PendingWrite {
  readonly write: Write
  readonly request: Json
  readonly dueAt: number
}

const minute = 60_000
const firstDelays = [minute, 5 * minute, 15 * minute]
const hourly = 60 * minute
const aDay = 24 * hourly

interface Failed {
  readonly at: number
  readonly written: boolean
  readonly response: Answer
}

/** When the next try is due: after 1, 5, 15 minutes, then hourly for a day (SPEC 6.4); `undefined` when there is none. */
const nextTry = (failed: Failed, retries: ReadonlyArray<Failed>): number | undefined => {
  const last = retries.at(-1) ?? failed
  if (last.written || !isPassing(last.response)) return undefined
  const dueAt = last.at + (firstDelays[retries.length] ?? hourly)
  return dueAt - failed.at > aDay ? undefined : dueAt
}

const eventWrites = (state: State, progress: EventProgress): ReadonlyArray<PendingWrite> =>
  [...progress.written.values()].flatMap((failed) => {
    const write: Write = { of: "event", key: failed.key, index: failed.index }
    const planned = progress.planned.patches[failed.index]
    const request = planned && remainsOf(state.events, progress, planned)
    const dueAt = nextTry(failed, state.events.retries.get(writeName(write)) ?? [])
    if (request === undefined || dueAt === undefined) return []
    return [{ write, request, dueAt }]
  })

const single = (state: State, write: Write, failed: Failed | undefined, request: Json | undefined) => {
  if (failed === undefined || request === undefined) return []
  const dueAt = nextTry(failed, state.events.retries.get(writeName(write)) ?? [])
  return dueAt === undefined ? [] : [{ write, request, dueAt }]
}

/** All writes that wait for another try, the earliest due first. */
export const pendingWrites = (state: State): ReadonlyArray<PendingWrite> => {
  const { events } = state
  const close = events.saidNo ? undefined : events.closeWritten
  return [
    ...single(state, { of: "outcome" }, state.noted, state.noted?.request),
    ...[...events.byKey.values()].flatMap((progress) => eventWrites(state, progress)),
    ...single(state, { of: "close" }, close, events.closeIntended?.patch)
  ].toSorted((one, other) => one.dueAt - other.dueAt)
}

/** The scheduled close is still to be done (SPEC 8.8). */
export const closeDue = ({ events }: State): number | undefined =>
  events.closeResponse === undefined ? events.closesAt : undefined

/**
 * When a sweep has to look at the communication, epoch milliseconds; `undefined` when nothing waits for a time. A response
 * without its acknowledgement waits for one: no record brings back one that a timer caused (SPEC 7.3).
 */
export const dueOf = (state: State): number | undefined => {
  const unsaid = [...state.unacknowledged.values()].map(({ at }) => at + minute)
  const times = [decisionDue(state), closeDue(state), pendingWrites(state)[0]?.dueAt, ...unsaid].filter(
    (at) => at !== undefined
  )
  return times.length === 0 ? undefined : Math.min(...times)
}
