import type { FactOf } from "../Fact.ts"
import type { EventProgress, EventsState } from "./EventsState.ts"
import { withEntry } from "./withEntry.ts"
import { writeName } from "./Write.ts"

/** The state with the event changed that has this write, by the index of its patch; as it was where none has it. */
const changeEvent = (
  state: EventsState,
  write: string,
  change: (progress: EventProgress, index: number) => EventProgress
): EventsState => {
  for (const [key, progress] of state.byKey) {
    const index = progress.planned.patches.findIndex((_, at) => writeName({ of: "event", key, index: at }) === write)
    if (index !== -1) return { ...state, byKey: withEntry(state.byKey, key, change(progress, index)) }
  }
  return state
}

/** A try of this write has its outcome. */
export const ended = (state: EventsState, write: string): EventsState =>
  state.begun.has(write) ? { ...state, begun: new Set([...state.begun].filter((one) => one !== write)) } : state

/** A later try that succeeded stands for the write (SPEC 6.4). */
export const retried = (state: EventsState, fact: FactOf<"WriteRetried">): EventsState => {
  const tries = [...(state.retries.get(fact.write) ?? []), fact]
  const next = { ...ended(state, fact.write), retries: withEntry(state.retries, fact.write, tries) }
  if (!fact.written) return next
  const { at, avisos, response, written } = fact
  if (fact.write === "close" && state.closeWritten !== undefined) {
    return { ...next, closeWritten: { ...state.closeWritten, at, avisos, response, written } }
  }
  return changeEvent(next, fact.write, (progress, index) => {
    const failed = progress.written.get(index)
    if (failed === undefined) return progress
    return { ...progress, written: withEntry(progress.written, index, { ...failed, at, avisos, response, written }) }
  })
}

/** People were first: a note is all that the write is from now on (SPEC 8.8, 8.9). */
export const cancelled = (state: EventsState, { patch, write }: FactOf<"WriteCancelled">): EventsState => {
  if (write === "close") {
    const { closeIntended } = state
    return closeIntended === undefined
      ? state
      : { ...state, closeIntended: { ...closeIntended, patch, cancelled: true } }
  }
  return changeEvent(state, write, (progress, index) => ({
    ...progress,
    planned: { ...progress.planned, patches: progress.planned.patches.with(index, patch) },
    cancelled: true
  }))
}
