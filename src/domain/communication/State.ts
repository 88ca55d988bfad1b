import type { Json } from "../record/ChannelResult.ts"
import { type EventsState, evolveEvents, noEvents, ended } from "./EventsState.ts"
import type { FactOf, Fact } from "./Fact.ts"

/** The state of one communication: a pure fold of its facts (DESIGN "Facts are the memory"). */
export interface State {
  /** Number of facts. */
  readonly seq: number
  readonly accepted?: FactOf<"Accepted">
  readonly consumer?: FactOf<"ConsumerFound">
  readonly caseIntent?: FactOf<"CaseIntended">
  readonly case?: FactOf<"CaseOpened"> | FactOf<"CaseFailed">
  /** Dispatch attempts that were intended. */
  readonly attempts: number
  readonly lastIntent?: FactOf<"DispatchIntended">
  /** An attempt without an answer: it is unknown whether Weni accepted it (SPEC 5.3). */
  readonly openIntent?: FactOf<"DispatchIntended">
  readonly refused?: FactOf<"DispatchRefused">
  /** As Weni answered. `dispatchOutcome` also considers the events. */
  readonly dispatch?: FactOf<"DispatchSettled">
  readonly noted?: FactOf<"OutcomeNoted">
  /** The operator's latest decision on a doubt (SPEC 5.3). */
  readonly decided?: FactOf<"Decided">
  /** Attempts that do not count: failed probes, and those before that decision. A resend has its own RETRY_ATTEMPTS. */
  readonly attemptsBefore: number
  /** Outcome notes written before that decision. */
  readonly earlierNotes: ReadonlyArray<Json>
  readonly adopted?: FactOf<"Adopted">
  /** What the customer did (SPEC 8). */
  readonly events: EventsState
  /** The latest response of the communication itself. A repeat gets it again (SPEC 1.4, 6.4). */
  readonly response?: FactOf<"ResponseStored">
  /** Responses stored so far. The next response gets this number plus one. */
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

/**
 * How the dispatch ended, as far as known: by Weni's answer, or, while that is in doubt, by the events in any order
 * (SPEC 5.3, 8.6). The answer recorded with a doubt stays unchanged.
 */
export const dispatchOutcome = ({ dispatch, events }: State): FactOf<"DispatchSettled">["outcome"] | undefined => {
  if (dispatch?.outcome !== "in_doubt") return dispatch?.outcome
  const kinds = new Set([...events.byKey.values()].map(({ planned }) => planned.event.kind))
  // A message that the customer received or answered was sent, whatever other events report. A failure follows the
  // `sent` that it overrides.
  if (kinds.has("delivered") || kinds.has("read") || kinds.has("reply")) return "sent"
  if (kinds.has("failed")) return "failed"
  return kinds.has("sent") ? "sent" : "in_doubt"
}

/** The state after an operator's decision. Without a remaining doubt it changes nothing. */
const applyDecision = (state: State, decided: FactOf<"Decided">): State => {
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

/** When the decision was made whose follow-up steps are not all done, epoch milliseconds; else `undefined`. */
export const decisionDue = ({ decided, response }: State): number | undefined =>
  response === undefined ? decided?.at : undefined

/** An answer settles a doubt. A settled dispatch never changes again (SPEC 5.3). */
const resolvesDoubt = (known: State["dispatch"], fact: FactOf<"DispatchSettled">) =>
  known === undefined || known.outcome === "in_doubt" ? fact : known

const withoutOpenIntent = ({ openIntent: _, ...state }: State): State => state

/** Marks the note of the outcome as written once a retry has written it (SPEC 6.4). */
const applyRetry = (state: State, { at, avisos, response, write, written }: FactOf<"WriteRetried">): State =>
  write === "outcome" && written && state.noted !== undefined
    ? { ...state, noted: { ...state.noted, at, avisos, response, written } }
    : state

const applyResponse = (state: State, fact: FactOf<"ResponseStored">): State => {
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
      return applyDecision(state, fact)
    case "Adopted":
      return { ...state, adopted: state.adopted ?? fact }
    case "WriteRetried":
      return { ...applyRetry(state, fact), events: evolveEvents(state.events, fact) }
    case "EventPlanned":
    case "EventWritten":
    case "WriteIntended":
    case "WriteCancelled":
    case "CloseIntended":
    case "CloseWritten":
      return { ...state, events: evolveEvents(state.events, fact) }
    case "ResponseStored":
      return applyResponse(state, fact)
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

/** The Case to write on, opened or adopted; `undefined` while there is none. */
export const caseOf = ({
  adopted,
  case: opened
}: State): { readonly sysId: string; readonly number: string } | undefined =>
  opened?._tag === "CaseOpened" ? opened : adopted

/** `cod_jornada` of the communication, accepted or adopted; `""` while it is neither. */
export const journeyName = ({ accepted, adopted }: State): string =>
  accepted?.order.cod_jornada ?? adopted?.journey ?? ""
