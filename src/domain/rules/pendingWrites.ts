import {
  deliveryPatches,
  eventPatchOf,
  type EventProgress,
  type EventsState,
  type Write,
  writeName
} from "../communication/EventsState.ts"
import { type HeldSteps, noneHeld } from "../communication/HeldSteps.ts"
import { changeDue, isReplanDue, isResumed, type State } from "../communication/State.ts"
import type { Json, Answer } from "../record/ChannelResult.ts"
import { isPassing } from "../vendor/failure.ts"
import { caseState } from "./casePatches.ts"

/** A write that failed for a transient reason. It is retried at `dueAt`, epoch milliseconds. */
export interface PendingWrite {
  readonly write: Write
  readonly request: Json
  /** Absent while the write waits for its vendor (SPEC 9.2). */
  readonly dueAt?: number
}

/**
 * The part of a delivery event's patch that is still valid. A delivery note is valid until the next one is planned, and
 * so are the two times (SPEC 8.5).
 */
const deliveryRemainder = ({ lastDelivery, lastTimes }: EventsState, body: Json): Json => {
  const { work_notes, ...fields } = body
  return { ...(body === lastDelivery && { work_notes }), ...(body === lastTimes && fields) }
}

/**
 * The part of an event's PATCH that is still to be written after its first attempt failed; `undefined` for nothing. A
 * later event may have written more to the Case, which a retry must not override (SPEC 8.5).
 */
const remainderOf = (events: EventsState, { cancelled, planned }: EventProgress, index: number): Json | undefined => {
  const body = planned.patches[index]
  if (body === undefined) return undefined
  const isLast = index === planned.patches.length - 1
  // Once people have the Case, neither a close nor the note of a cancelled close is written.
  const isNoteOfClose = cancelled && planned.answered === "sim" && isLast
  if (isNoteOfClose || body.state === caseState.resolved) return events.withPeople ? undefined : body
  // A scheduled close is not announced once it is removed or done (SPEC 8.9).
  if (planned.closesAt !== undefined && isLast)
    return events.closesAt === undefined || events.closeResponse !== undefined ? undefined : body
  if (!deliveryPatches(planned).includes(body)) return body
  const remainder = deliveryRemainder(events, body)
  return Object.keys(remainder).length === 0 ? undefined : remainder
}

const minute = 60_000
const firstDelays = [minute, 5 * minute, 15 * minute]
const hourly = 60 * minute
const day = 24 * hourly

interface Failed {
  readonly at: number
  readonly written: boolean
  readonly response: Answer
}

/** When the next retry is due: after 1, 5, 15 minutes, then hourly for a day (SPEC 6.4). `undefined` for no retry. */
const nextTry = (failed: Failed, retries: ReadonlyArray<Failed>): number | undefined => {
  const last = retries.at(-1) ?? failed
  if (last.written || !isPassing(last.response)) return undefined
  const dueAt = last.at + (firstDelays[retries.length] ?? hourly)
  return dueAt - failed.at > day ? undefined : dueAt
}

/**
 * The retry of a write after its first attempt failed. A write that an outage holds back waits for its vendor without
 * limit.
 */
const retryOf = ({ events, held }: State, write: Write, failed: Failed, request: Json): ReadonlyArray<PendingWrite> => {
  const name = writeName(write)
  if (held.has(name)) return [{ write, request }]
  const dueAt = events.retryAsked.get(name) ?? nextTry(failed, events.retries.get(name) ?? [])
  return dueAt === undefined ? [] : [{ write, request, dueAt }]
}

const firstAttempt = ({ events, noted }: State, write: Write): Failed | undefined => {
  if (write.of === "outcome") return noted
  return write.of === "close" ? events.closeWritten : events.byKey.get(write.key)?.written.get(write.index)
}

/**
 * True if no retry follows the one that has failed at `at`, epoch milliseconds, because a day has passed (SPEC 6.4).
 */
export const isLastTry = (state: State, write: Write, response: Answer, at: number): boolean => {
  const failed = firstAttempt(state, write)
  const retries = state.events.retries.get(writeName(write)) ?? []
  return failed !== undefined && nextTry(failed, [...retries, { at, written: false, response }]) === undefined
}

/** The writes of events that failed. Most of them await no retry. */
const eventWrites = (state: State): ReadonlyArray<PendingWrite> =>
  [...state.events.failedWrites.values()].flatMap(({ index, key }) => {
    const progress = state.events.byKey.get(key)
    const failed = progress?.written.get(index)
    const request = progress && remainderOf(state.events, progress, index)
    if (failed === undefined || request === undefined) return []
    return retryOf(state, { of: "event", key, index }, failed, request)
  })

/** The failed writes of events and of the close that still matter, and that no operator's retry is about to try. */
export const failedWrites = (state: State): ReadonlyArray<string> => {
  const { byKey, closeWritten, retryAsked, withPeople } = state.events
  const ofEvents = [...byKey].flatMap(([key, progress]) =>
    [...progress.written].flatMap(([index, { written }]) =>
      written || remainderOf(state.events, progress, index) === undefined
        ? []
        : [writeName({ of: "event", key, index })]
    )
  )
  const ofClose = closeWritten?.written === false && !withPeople ? [writeName({ of: "close" })] : []
  return [...ofEvents, ...ofClose].filter((write) => !retryAsked.has(write))
}

const singleWrite = (state: State, write: Write, failed: Failed | undefined, request: Json | undefined) => {
  return failed === undefined || request === undefined ? [] : retryOf(state, write, failed, request)
}

/** All writes that await a retry, those that wait for a vendor first, then the earliest due. */
export const pendingWrites = (state: State): ReadonlyArray<PendingWrite> => {
  const { events } = state
  const close = events.withPeople ? undefined : events.closeWritten
  return [
    ...singleWrite(state, { of: "outcome" }, state.noted, state.noted?.request),
    ...eventWrites(state),
    ...singleWrite(state, { of: "close" }, close, events.closeIntended?.patch)
  ].toSorted((one, other) => (one.dueAt ?? 0) - (other.dueAt ?? 0))
}

/** Whether the event with this write, or the close, still has to be carried out for the first time. */
const isUnwritten = ({ events }: State, step: string): boolean => {
  if (step === "close")
    return events.closeResponse === undefined && (events.closeIntended ?? events.closesAt) !== undefined
  const patch = eventPatchOf(step)
  if (patch === undefined || !events.unanswered.has(patch.key)) return false
  const progress = events.byKey.get(patch.key)
  return progress?.planned.patches[patch.index] !== undefined && !progress.written.has(patch.index)
}

/**
 * The first write of the oldest event that waits behind a held one. Its own step is held only once a run has reached
 * it, and the held one may have ended or become pointless by then (SPEC 9.2). The events behind it follow it.
 */
const waitingBehind = ({ events }: State): HeldSteps => {
  const key = events.waits ? events.unanswered.firstKey : undefined
  const progress = key === undefined ? undefined : events.byKey.get(key)
  if (key === undefined || progress === undefined) return noneHeld
  const index = progress.planned.patches.findIndex((_, at) => !progress.written.has(at))
  if (index === -1) return noneHeld
  const step = writeName({ of: "event", key, index })
  return new Map([[step, { vendor: "servicenow", since: progress.planned.at, attempts: 0, begun: false }]])
}

/**
 * The held steps that are still to be done, and the first one behind them. A later event may have made a held write
 * pointless.
 */
export const pendingSteps = (state: State): HeldSteps => {
  const waiting = waitingBehind(state)
  if (state.held.size === 0 && waiting.size === 0) return state.held
  const retried = new Set(pendingWrites(state).map(({ write }) => writeName(write)))
  const held = [...state.held].filter(
    ([step]) => step === "case" || step === "dispatch" || retried.has(step) || isUnwritten(state, step)
  )
  return new Map([...waiting, ...held])
}

/** When the scheduled close is due, epoch milliseconds; `undefined` without one or once it is done (SPEC 8.8). */
export const closeDue = ({ events }: State): number | undefined =>
  events.closeResponse === undefined ? events.closesAt : undefined

/**
 * Milliseconds after which a sweep checks work that no record brings back. A process that still does the work has the
 * communication's lock.
 */
const stillAtWork = 5000

/** When a sweep has to continue an order that has waited, in case the run that continued it has ended in the middle. */
const resumedDue = (state: State): number | undefined => {
  if (!isResumed(state)) return undefined
  const { caseIntent, consumer, dispatch, noted } = state
  const { accepted, last, lastIntent, refused } = dispatch
  const facts = [state.case, caseIntent, consumer, noted, accepted, last, lastIntent, refused]
  return Math.max(...facts.map((fact) => fact?.at ?? 0)) + stillAtWork
}

/**
 * When a sweep has to end an event whose writes have all ended. Either an operator has ended them while they waited
 * (SPEC 10.2), or the run that wrote them has ended in the middle.
 */
const endedDue = ({ events }: State): number | undefined => {
  const key = events.waits ? events.unanswered.firstKey : undefined
  const progress = key === undefined ? undefined : events.byKey.get(key)
  if (progress?.planned.patches.every((_, index) => progress.written.has(index)) !== true) return undefined
  return Math.max(progress.planned.at, ...[...progress.written.values()].map(({ at }) => at))
}

/** When a sweep has to plan the writes for the events from before the Case (SPEC 10.1). */
const replanDue = (state: State): number | undefined => (isReplanDue(state) ? state.case?.at : undefined)

/**
 * When a sweep has to process the communication, epoch milliseconds; `undefined` when nothing waits for a time. A
 * response without acknowledgement becomes due too, since no record repeats a response that a timer caused (SPEC 7.3).
 */
export const dueOf = (state: State): number | undefined => {
  const held = pendingSteps(state)
  const isOrderHeld = held.has("case") || held.has("dispatch")
  const times = [
    isOrderHeld ? undefined : changeDue(state),
    isOrderHeld ? undefined : resumedDue(state),
    held.has("close") ? undefined : closeDue(state),
    endedDue(state),
    replanDue(state),
    ...pendingWrites(state).map(({ dueAt }) => dueAt),
    ...[...state.unacknowledged.values()].map(({ at }) => at + stillAtWork),
    ...[...held.values()].map(({ until }) => until)
  ].filter((at) => at !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
}
