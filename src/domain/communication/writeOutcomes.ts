import { isPassing } from "../vendor/failure.ts"
import { changesStanding, isWithoutRead, leftBy } from "./CaseStanding.ts"
import { eventPatchOf, type EventsState, writeName } from "./EventsState.ts"
import type { FactOf } from "./Fact.ts"
import { noteMark } from "./noteMark.ts"

/** The state after a note was written outside of an event's plan. The Case was last read, or opened, at `readAt`. */
export const withNote = (state: EventsState, note: unknown, readAt: number, at: number): EventsState => ({
  ...state,
  ...(typeof note === "string" && { lastNote: note }),
  isUnread: state.isUnread || isWithoutRead(state, readAt, at),
  isReadMissing: false
})

/** The state after an outcome of one PATCH of an event. */
export const applyWritten = (state: EventsState, fact: FactOf<"EventWritten">): EventsState => {
  const { index, key } = fact
  const progress = state.byKey.get(key)
  if (progress === undefined) return state
  const before = progress.written.get(index)?.written === true
  const patch = progress.planned.patches[index] ?? {}
  const note = noteMark(String(patch.work_notes))
  const count = (state.notes.get(note) ?? 0) + Number(fact.written) - Number(before)
  const name = writeName({ of: "event", key, index })
  const isPending = !fact.written && isPassing(fact.response)
  const readAt = Math.max(state.readAt ?? 0, progress.planned.at)
  const next = fact.written ? withNote(state, patch.work_notes, readAt, fact.at) : state
  return {
    ...next,
    ...(fact.written && changesStanding(patch) && { left: leftBy(state.left, patch) }),
    byKey: state.byKey.with(key, { ...progress, written: new Map(progress.written).set(index, fact) }),
    ...(progress.ambiguous === true && { unanswered: state.unanswered.without(key) }),
    failedWrites: isPending ? state.failedWrites.with(name, { key, index }) : state.failedWrites.without(name),
    notes: before === fact.written ? state.notes : state.notes.with(note, count)
  }
}

/** The state after an attempt of this write has its outcome. */
export const ended = (state: EventsState, write: string): EventsState =>
  state.begun.has(write) ? { ...state, begun: new Set([...state.begun].filter((one) => one !== write)) } : state

/** The state after an outcome of the close. Its Case was read when it was intended. */
export const applyClose = (state: EventsState, closeWritten: FactOf<"CloseWritten">): EventsState => {
  const { closeIntended } = state
  if (!closeWritten.written || closeIntended === undefined) return { ...state, closeWritten }
  const { at, patch } = closeIntended
  return { ...withNote(state, patch.work_notes, at, closeWritten.at), closeWritten, left: leftBy(state.left, patch) }
}

/** The state in which this try's outcome replaces that of the write's first attempt. */
const withOutcome = (state: EventsState, fact: FactOf<"WriteRetried">): EventsState => {
  const { at, avisos, response, write, written } = fact
  if (write === "close" && state.closeWritten !== undefined) {
    return applyClose(state, { ...state.closeWritten, at, avisos, response, written })
  }
  const patch = eventPatchOf(write)
  const failed = patch && state.byKey.get(patch.key)?.written.get(patch.index)
  return failed === undefined ? state : applyWritten(state, { ...failed, at, avisos, response, written })
}

/**
 * The state after the first try of a write that ServiceNow has answered since the write was held. It replaces the
 * write's first attempt, so the retries begin again (SPEC 6.4, 9.2).
 */
export const afterHeldTry = (state: EventsState, fact: FactOf<"WriteRetried">): EventsState => {
  const retryAsked = state.retryAsked.without(fact.write)
  return withOutcome({ ...ended(state, fact.write), retryAsked, retries: state.retries.without(fact.write) }, fact)
}

/** The state after an operator requested one more try of failed writes of events, or of the close (SPEC 10.1). */
export const withRetries = (state: EventsState, writes: ReadonlyArray<string>, at: number): EventsState => {
  let { failedWrites, retryAsked } = state
  for (const write of writes) {
    const patch = eventPatchOf(write)
    retryAsked = retryAsked.with(write, at)
    if (patch !== undefined) failedWrites = failedWrites.with(write, patch)
  }
  return { ...state, failedWrites, retryAsked }
}

/** The result of a successful retry replaces that of the write (SPEC 6.4). */
export const applyRetry = (state: EventsState, fact: FactOf<"WriteRetried">): EventsState => {
  const tries = [...(state.retries.get(fact.write) ?? []), fact]
  const retryAsked = state.retryAsked.without(fact.write)
  const next = { ...ended(state, fact.write), retryAsked, retries: state.retries.with(fact.write, tries) }
  return fact.written ? withOutcome(next, fact) : next
}
