import type { Json } from "../record/ChannelResult.ts"
import { type EventsState, evolveEvents, noEvents, ended } from "./EventsState.ts"
import type { FactOf, Fact } from "./Fact.ts"

/**
 * How the dispatch ended, as far as anybody knows: Weni's answer; where that is in doubt, what the events say, whatever
 * their order (SPEC 5.3, 8.6). The answer that is recorded with a doubt stays as it is.
 */
export const dispatchOutcome = ({ dispatch, events }: State): FactOf<"DispatchSettled">["outcome"] | undefined => {
  if (dispatch?.outcome !== "in_doubt") return dispatch?.outcome
  const kinds = new Set([...events.byKey.values()].map(({ planned }) => planned.event.kind))
  // What a customer got or answered went out, whatever else was said; a failure comes after the sending that it ends.
  if (kinds.has("delivered") || kinds.has("read") || kinds.has("reply")) return "sent"
  if (kinds.has("failed")) return "failed"
  return kinds.has("sent") ? "sent" : "in_doubt"
}

/** The state after a decision; one that comes when there is no doubt left changes nothing. */
const decidedBy = (state: State, decided: FactOf<"Decided">): State => {
  const { dispatch, noted, openIntent: _, refused: __, response: ___, ...rest } = state
  if (dispatch === undefined || dispatchOutcome(state) !== "in_doubt") return state
  const next: State = {
    ...rest,
    decided,
    attemptsBefore: state.attempts,
    earlierNotes: noted?.written === true ? [...state.earlierNotes, noted.request] : state.earlierNotes,
    events: {
      ...state.events,
      retries: new Map([...state.events.retries].filter(([write]) => write !== "outcome"))
    }
  }
  switch (decided.decision) {
    case "resend":
      return next
    case "sent":
      return { ...next, dispatch: { ...dispatch, outcome: "sent" } }
    case "not_sent":
      return { ...next, dispatch: { ...dispatch, outcome: "failed" } }
  }
}

/** A decision whose consequences are not all done: since when, epoch milliseconds. */
export const decisionDue = ({ decided, response }: State): number | undefined =>
  response === undefined ? decided?.at : undefined

/** What the facts of one communication amount to: a pure fold of them (DESIGN "Facts are the memory"). */
export interface State {
  /** How many facts there are. */
  readonly seq: number
  readonly accepted?: FactOf<"Accepted">
  readonly consumer?: FactOf<"ConsumerFound">
  readonly caseIntent?: FactOf<"CaseIntended">
  readonly case?: FactOf<"CaseOpened"> | FactOf<"CaseFailed">
  /** Attempts of the dispatch that were intended. */
  readonly attempts: number
  readonly lastIntent?: FactOf<"DispatchIntended">
  /** An attempt without an answer: nobody knows whether Weni took it (SPEC 5.3). */
  readonly openIntent?: FactOf<"DispatchIntended">
  readonly refused?: FactOf<"DispatchRefused">
  /** As it was answered; what events say of a doubt is `dispatchOutcome`. */
  readonly dispatch?: FactOf<"DispatchSettled">
  readonly noted?: FactOf<"OutcomeNoted">
  /** The operator's last word on a doubt (SPEC 5.3). */
  readonly decided?: FactOf<"Decided">
  /** Attempts that count for none: before that word, for a dispatch sent again has its own RETRY_ATTEMPTS, and failed probes. */
  readonly attemptsBefore: number
  /** Outcome notes of before that, as written. */
  readonly earlierNotes: ReadonlyArray<Json>
  readonly adopted?: FactOf<"Adopted">
  /** What the customer did (SPEC 8). */
  readonly events: EventsState
  /** The latest response of the communication itself: what a repeat gets (SPEC 1.4, 6.4). */
  readonly response?: FactOf<"ResponseStored">
  /** Responses stored so far: the next one's number is one more. */
  readonly responses: number
  /** Responses that Kafka has not acknowledged, by number (SPEC 7.3). */
  readonly unacknowledged: ReadonlyMap<number, FactOf<"ResponseStored">>
}

export const initial: State = {
  seq: 0,
  attempts: 0,
  attemptsBefore: 0,
  earlierNotes: [],
  events: noEvents,
  responses: 0,
  unacknowledged: new Map()
}

/** An answer settles a doubt, and nothing unsettles an answer (SPEC 5.3). */
const resolvesDoubt = (known: State["dispatch"], fact: FactOf<"DispatchSettled">) =>
  known === undefined || known.outcome === "in_doubt" ? fact : known

const withoutOpenIntent = ({ openIntent: _, ...state }: State): State => state

/** The outcome's note, once a later try has written it, is written (SPEC 6.4). */
const retried = (state: State, { at, avisos, response, write, written }: FactOf<"WriteRetried">): State =>
  write === "outcome" && written && state.noted !== undefined
    ? { ...state, noted: { ...state.noted, at, avisos, response, written } }
    : state

const stored = (state: State, fact: FactOf<"ResponseStored">): State => {
  const next = {
    ...state,
    responses: Math.max(state.responses, fact.number),
    unacknowledged: new Map(state.unacknowledged).set(fact.number, fact)
  }
  return fact.event === undefined && fact.origin !== undefined
    ? { ...next, response: fact }
    : { ...next, events: evolveEvents(state.events, fact) }
}

const apply = (state: State, fact: Fact): State => {
  switch (fact._tag) {
    case "Accepted":
      return { ...state, accepted: state.accepted ?? fact }
    case "ConsumerFound":
      return { ...state, consumer: fact }
    case "CaseIntended":
      return { ...state, caseIntent: fact }
    case "CaseOpened":
      return { ...state, case: state.case?._tag === "CaseOpened" ? state.case : fact }
    case "CaseFailed":
      return { ...state, case: state.case ?? fact }
    case "DispatchIntended":
      return { ...state, attempts: Math.max(state.attempts, fact.attempt), lastIntent: fact, openIntent: fact }
    case "DispatchRefused":
      return {
        ...withoutOpenIntent(state),
        refused: fact,
        attemptsBefore: state.attemptsBefore + (fact.probe === true ? 1 : 0)
      }
    case "DispatchSettled":
      return { ...withoutOpenIntent(state), dispatch: resolvesDoubt(state.dispatch, fact) }
    case "OutcomeNoted":
      return { ...state, noted: fact, events: ended(state.events, "outcome") }
    case "Decided":
      return decidedBy(state, fact)
    case "Adopted":
      return { ...state, adopted: state.adopted ?? fact }
    case "WriteRetried":
      return { ...retried(state, fact), events: evolveEvents(state.events, fact) }
    case "EventPlanned":
    case "EventWritten":
    case "WriteIntended":
    case "WriteCancelled":
    case "CloseIntended":
    case "CloseWritten":
      return { ...state, events: evolveEvents(state.events, fact) }
    case "ResponseStored":
      return stored(state, fact)
    case "ResponseAcknowledged":
      return {
        ...state,
        unacknowledged: new Map([...state.unacknowledged].filter(([number]) => number !== fact.number))
      }
  }
}

/** The state after one more fact. */
export const evolve = (state: State, fact: Fact): State => ({ ...apply(state, fact), seq: state.seq + 1 })

export const fold = (facts: ReadonlyArray<Fact>): State => facts.reduce(evolve, initial)

/** The Case to write on, opened or adopted. */
export const caseOf = ({
  adopted,
  case: opened
}: State): { readonly sysId: string; readonly number: string } | undefined =>
  opened?._tag === "CaseOpened" ? opened : adopted

/** `cod_jornada` of the communication, accepted or adopted; empty while it is neither. */
export const journeyName = ({ accepted, adopted }: State): string =>
  accepted?.order.cod_jornada ?? adopted?.journey ?? ""
