import type { Fact, FactOf } from "../Fact.ts"
import { type Statements, withStatement } from "./delivery.ts"
import { cancelled, retried } from "./laterWrites.ts"
import { withEntry } from "./withEntry.ts"

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
