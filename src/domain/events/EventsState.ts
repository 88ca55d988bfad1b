import type { Fact, FactOf } from "../Fact.ts"
import { type Statements, withStatement } from "./delivery.ts"
import { writeName } from "./pending.ts"

/** One inbound event: what it was to do, what of it is done, and the latest response to it. */
export interface EventProgress {
  readonly planned: FactOf<"EventPlanned">
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
  /** Whose the Case was then (sys_id, or empty), where it could be read. */
  readonly assignmentGroup?: string
  readonly closeIntended?: FactOf<"CloseIntended">
  readonly closeWritten?: FactOf<"CloseWritten">
  readonly closeResponse?: FactOf<"ResponseStored">
  /** Tries of writes that had failed, by the write's name (SPEC 6.4). */
  readonly retries: ReadonlyMap<string, ReadonlyArray<FactOf<"WriteRetried">>>
}

export const noEvents: EventsState = {
  byKey: new Map(),
  statements: new Map(),
  saidYes: false,
  saidNo: false,
  retries: new Map()
}

type EventFact = Extract<
  Fact,
  {
    readonly _tag:
      | "EventPlanned"
      | "EventWritten"
      | "CloseIntended"
      | "CloseWritten"
      | "WriteRetried"
      | "ResponseStored"
  }
>

const withEntry = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> => new Map(map).set(key, value)

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

/** A later try that succeeded stands for the write (SPEC 6.4). */
const retried = (state: EventsState, fact: FactOf<"WriteRetried">): EventsState => {
  const tries = [...(state.retries.get(fact.write) ?? []), fact]
  const next = { ...state, retries: withEntry(state.retries, fact.write, tries) }
  if (!fact.written) return next
  const { at, avisos, response, written } = fact
  if (fact.write === "close" && state.closeWritten !== undefined) {
    return { ...next, closeWritten: { ...state.closeWritten, at, avisos, response, written } }
  }
  for (const [key, progress] of state.byKey) {
    for (const [index, failed] of progress.written) {
      if (writeName({ of: "event", key, index }) !== fact.write) continue
      const map = withEntry(progress.written, index, { ...failed, at, avisos, response, written })
      return { ...next, byKey: withEntry(state.byKey, key, { ...progress, written: map }) }
    }
  }
  return next
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
    case "WriteRetried":
      return retried(state, fact)
    case "ResponseStored":
      return stored(state, fact)
  }
}
