import type { InboundEvent } from "../inbound/InboundEvent.ts"
import { type Statements, withStatement } from "./deliveryStatements.ts"
import type { FactOf, Fact } from "./Fact.ts"
import { yesAfterNoNote } from "./notes.ts"

/** One PATCH on the Case. Its retries carry the same name (SPEC 6.4). */
export type Write =
  | { readonly of: "outcome" }
  | { readonly of: "event"; readonly key: string; readonly index: number }
  | { readonly of: "close" }

export const writeName = (write: Write): string =>
  write.of === "event" ? JSON.stringify([write.key, write.index]) : write.of

/** One inbound event: its plan, the writes of the plan that are done, and the latest response to it. */
export interface EventProgress {
  /** Its patches are the bodies that are written: a note where agents had changed the Case first (`WriteCancelled`). */
  readonly planned: FactOf<"EventPlanned">
  /** Agents changed the Case before its PATCH was carried out (SPEC 8.8, 8.9). */
  readonly cancelled?: true
  /** By index of the plan's patches. */
  readonly written: ReadonlyMap<number, FactOf<"EventWritten">>
  readonly response?: FactOf<"ResponseStored">
}

/** What the customer did with one communication, and the results (SPEC 8). */
export interface EventsState {
  readonly byKey: ReadonlyMap<string, EventProgress>
  readonly statements: Statements
  /** What they say of a dispatch in doubt (SPEC 8.6): the customer has it, it failed, or it was sent. */
  readonly reported?: "received" | "failed" | "sent"
  readonly saidYes: boolean
  readonly saidNo: boolean
  /** The note of a SIM after NÃO is planned (SPEC 8.9). */
  readonly notedYesAfterNo: boolean
  /** When to close, epoch milliseconds: a SIM outside business hours sets it, NÃO removes it (SPEC 8.9). */
  readonly closesAt?: number
  /** The Case at that time, where it could be read. The group is a sys_id, or empty. */
  readonly caseState?: string
  readonly assignmentGroup?: string
  readonly closeIntended?: FactOf<"CloseIntended">
  readonly closeWritten?: FactOf<"CloseWritten">
  readonly closeResponse?: FactOf<"ResponseStored">
  /** Retries of failed writes, by the write's name (SPEC 6.4). */
  readonly retries: ReadonlyMap<string, ReadonlyArray<FactOf<"WriteRetried">>>
  /** Retries that have started and have no outcome. A run crashed in them, unless it is the current run. */
  readonly begun: ReadonlySet<string>
}

export const noEvents: EventsState = {
  byKey: new Map(),
  statements: new Map(),
  saidYes: false,
  saidNo: false,
  notedYesAfterNo: false,
  retries: new Map(),
  begun: new Set()
}

type EventFact = Extract<
  Fact,
  {
    readonly _tag:
      | "EventPlanned"
      | "EventWritten"
      | "CloseIntended"
      | "CloseWritten"
      | "WriteIntended"
      | "WriteCancelled"
      | "WriteRetried"
      | "ResponseStored"
  }
>

/** A copy of the map in which the key has this value. */
const withEntry = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> => new Map(map).set(key, value)

/** Applies `change` to the event that has this write. `index` is that of its patch. Unchanged where no event has it. */
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

/**
 * A message that the customer received or answered was sent, whatever other events report. A failure follows the `sent`
 * that it overrides.
 */
const reportedAfter = (
  known: EventsState["reported"],
  { kind }: InboundEvent
): NonNullable<EventsState["reported"]> => {
  if (known === "received" || kind === "delivered" || kind === "read" || kind === "reply") return "received"
  return known === "failed" || kind === "failed" ? "failed" : "sent"
}

const withoutClose = ({ closesAt: _, ...state }: EventsState): EventsState => state

const applyPlan = (state: EventsState, fact: FactOf<"EventPlanned">): EventsState => {
  const saidNo = state.saidNo || fact.answered === "nao"
  const { closesAt = state.closesAt } = fact
  return {
    ...withoutClose(state),
    byKey: withEntry(state.byKey, fact.key, { planned: fact, written: new Map() }),
    statements: withStatement(state.statements, fact.event),
    reported: reportedAfter(state.reported, fact.event),
    saidYes: state.saidYes || fact.answered === "sim",
    saidNo,
    notedYesAfterNo: state.notedYesAfterNo || fact.patches.some(({ work_notes }) => work_notes === yesAfterNoNote),
    ...(closesAt !== undefined && !saidNo && { closesAt }),
    ...(fact.caseState !== undefined && { caseState: fact.caseState }),
    ...(fact.assignmentGroup !== undefined && { assignmentGroup: fact.assignmentGroup })
  }
}

/** Agents had the Case first: from now on the write is only a note (SPEC 8.8, 8.9). */
const applyCancellation = (state: EventsState, { patch, write }: FactOf<"WriteCancelled">): EventsState => {
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

/** The state after an attempt of this write has its outcome. */
export const ended = (state: EventsState, write: string): EventsState =>
  state.begun.has(write) ? { ...state, begun: new Set([...state.begun].filter((one) => one !== write)) } : state

/** The result of a successful retry replaces that of the write (SPEC 6.4). */
const applyRetry = (state: EventsState, fact: FactOf<"WriteRetried">): EventsState => {
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

const applyResponse = (state: EventsState, fact: FactOf<"ResponseStored">): EventsState => {
  if (fact.event === undefined) return { ...state, closeResponse: fact }
  const progress = state.byKey.get(fact.event)
  return progress === undefined
    ? state
    : { ...state, byKey: withEntry(state.byKey, fact.event, { ...progress, response: fact }) }
}

export const evolveEvents = (state: EventsState, fact: EventFact): EventsState => {
  switch (fact._tag) {
    case "EventPlanned":
      return state.byKey.has(fact.key) ? state : applyPlan(state, fact)
    case "EventWritten": {
      const progress = state.byKey.get(fact.key)
      if (progress === undefined) return state
      const written = withEntry(progress.written, fact.index, fact)
      return { ...state, byKey: withEntry(state.byKey, fact.key, { ...progress, written }) }
    }
    case "CloseIntended":
      return { ...state, closeIntended: state.closeIntended ?? fact }
    case "CloseWritten":
      return { ...state, closeWritten: fact }
    case "WriteIntended":
      return { ...state, begun: new Set(state.begun).add(fact.write) }
    case "WriteCancelled":
      return applyCancellation(state, fact)
    case "WriteRetried":
      return applyRetry(state, fact)
    case "ResponseStored":
      return applyResponse(state, fact)
  }
}
