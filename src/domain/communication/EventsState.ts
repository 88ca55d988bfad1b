import { type Statements, withStatement } from "./deliveryStatements.ts"
import type { FactOf, Fact } from "./Fact.ts"
import { writeName } from "./Write.ts"

/** The map with one more entry, or another value for the key. */
const withEntry = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> => new Map(map).set(key, value)

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
const retried = (state: EventsState, fact: FactOf<"WriteRetried">): EventsState => {
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
const cancelled = (state: EventsState, { patch, write }: FactOf<"WriteCancelled">): EventsState => {
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

/** One inbound event: what it was to do, what of it is done, and the latest response to it. */
export interface EventProgress {
  /** Its patches are what is written: a note where people were first (`WriteCancelled`). */
  readonly planned: FactOf<"EventPlanned">
  /** People had changed the Case before its PATCH was carried out (SPEC 8.8, 8.9). */
  readonly cancelled?: true
  /** By index of the plan's patches. */
  readonly written: ReadonlyMap<number, FactOf<"EventWritten">>
  readonly response?: FactOf<"ResponseStored">
}

/** What the customer did with one communication, and what came of it (SPEC 8). */
export interface EventsState {
  readonly byKey: ReadonlyMap<string, EventProgress>
  readonly statements: Statements
  readonly saidYes: boolean
  readonly saidNo: boolean
  /** A SIM asked for it outside business hours, epoch milliseconds; NÃO takes it away (SPEC 8.9). */
  readonly closesAt?: number
  /** As the Case was then, where it could be read; the group a sys_id, or empty. */
  readonly caseState?: string
  readonly assignmentGroup?: string
  readonly closeIntended?: FactOf<"CloseIntended">
  readonly closeWritten?: FactOf<"CloseWritten">
  readonly closeResponse?: FactOf<"ResponseStored">
  /** Tries of writes that had failed, by the write's name (SPEC 6.4). */
  readonly retries: ReadonlyMap<string, ReadonlyArray<FactOf<"WriteRetried">>>
  /** Later tries that were begun and have no outcome: a run died in them, unless it is the present one. */
  readonly begun: ReadonlySet<string>
}

export const noEvents: EventsState = {
  byKey: new Map(),
  statements: new Map(),
  saidYes: false,
  saidNo: false,
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

const withoutClose = ({ closesAt: _, ...state }: EventsState): EventsState => state

const planned = (state: EventsState, fact: FactOf<"EventPlanned">): EventsState => {
  const saidNo = state.saidNo || fact.answered === "nao"
  const { closesAt = state.closesAt } = fact
  return {
    ...withoutClose(state),
    byKey: withEntry(state.byKey, fact.key, { planned: fact, written: new Map() }),
    statements: withStatement(state.statements, fact.event),
    saidYes: state.saidYes || fact.answered === "sim",
    saidNo,
    ...(closesAt !== undefined && !saidNo && { closesAt }),
    ...(fact.caseState !== undefined && { caseState: fact.caseState }),
    ...(fact.assignmentGroup !== undefined && { assignmentGroup: fact.assignmentGroup })
  }
}

const stored = (state: EventsState, fact: FactOf<"ResponseStored">): EventsState => {
  if (fact.event === undefined) return { ...state, closeResponse: fact }
  const progress = state.byKey.get(fact.event)
  return progress === undefined
    ? state
    : { ...state, byKey: withEntry(state.byKey, fact.event, { ...progress, response: fact }) }
}

export const evolveEvents = (state: EventsState, fact: EventFact): EventsState => {
  switch (fact._tag) {
    case "EventPlanned":
      return state.byKey.has(fact.key) ? state : planned(state, fact)
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
      return cancelled(state, fact)
    case "WriteRetried":
      return retried(state, fact)
    case "ResponseStored":
      return stored(state, fact)
  }
}
