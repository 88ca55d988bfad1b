import { isWhatsappId, type KnownMessage } from "../inbound/whose.ts"
import { wants } from "../outbound/Outbound.ts"
import type { Json } from "../record/ChannelResult.ts"
import { failuresOf } from "../record/failures.ts"
import { PersistentMap } from "../values/PersistentMap.ts"
import type { Decision } from "./Decision.ts"
import {
  afterDecision,
  afterHold,
  afterReport,
  afterRetry,
  type DispatchState,
  evolveDispatch,
  isResendWaiting,
  noDispatch
} from "./DispatchState.ts"
import { type EventsState, noEvents, writeName } from "./EventsState.ts"
import { evolveEvents, withoutCaseFor } from "./evolveEvents.ts"
import type { FactOf, Fact } from "./Fact.ts"
import { afterBegun, afterEnd, afterHeld, afterRenewed, type HeldSteps, noneHeld } from "./HeldSteps.ts"
import { afterHeldTry, ended, withNote, withRetries } from "./writeOutcomes.ts"

/** The state of one communication: a pure fold of its facts (DESIGN "Facts are the memory"). */
export interface State {
  /** Number of facts. */
  readonly seq: number
  /** The time of the first fact, epoch milliseconds; 0 while there is none. */
  readonly createdAt: number
  /** The latest time of any fact, epoch milliseconds; 0 while there is none. */
  readonly updatedAt: number
  readonly accepted?: FactOf<"Accepted">
  readonly consumer?: FactOf<"ConsumerFound">
  readonly caseIntent?: FactOf<"CaseIntended">
  readonly case?: FactOf<"CaseOpened"> | FactOf<"CaseFailed">
  readonly dispatch: DispatchState
  readonly noted?: FactOf<"OutcomeNoted">
  /**
   * When the outcome last changed after it was known, epoch milliseconds. Its note and its response are due once more.
   */
  readonly changedAt?: number
  /** Outcome notes written before that change. */
  readonly earlierNotes: ReadonlyArray<Json>
  /** The outcome note that had failed before that change. The instance may have written it after all. */
  readonly failedNote?: Json
  /** The latest retry that an operator requested (SPEC 10.1). */
  readonly retried?: FactOf<"RetryRequested">
  /** The operations that have acted on this communication. Each acts once (SPEC 10.3). */
  readonly operations: ReadonlySet<string>
  readonly adopted?: FactOf<"Adopted">
  /** The steps that wait (SPEC 9.2). */
  readonly held: HeldSteps
  /** The order has waited. From then on a sweep continues it, because its record only waits for its end. */
  readonly wasHeld?: true
  /** What the customer did (SPEC 8). */
  readonly events: EventsState
  /** The latest response of the communication itself. A repeat gets it again (SPEC 1.4, 6.4). */
  readonly response?: FactOf<"ResponseStored">
  /** The response before the outcome changed. A repeat gets it while the new outcome waits for a vendor. */
  readonly outdated?: FactOf<"ResponseStored">
  /** The number of the communication's own first response. */
  readonly firstResponse?: number
  /**
   * The codigos of the failed calls in the latest response to each cause: the communication itself (`""`), an event by
   * its key, the scheduled close. A response without a failure removes those of the previous one.
   */
  readonly failures: ReadonlyMap<string, ReadonlyArray<string>>
  /** Responses stored so far. The next response gets this number plus one. */
  readonly responses: number
  /** Responses that Kafka has not acknowledged, by number (SPEC 7.3). */
  readonly unacknowledged: PersistentMap<number, FactOf<"ResponseStored">>
}

export const initial: State = {
  seq: 0,
  createdAt: 0,
  updatedAt: 0,
  dispatch: noDispatch,
  earlierNotes: [],
  operations: new Set(),
  held: noneHeld,
  events: noEvents,
  failures: new Map(),
  responses: 0,
  unacknowledged: PersistentMap.empty()
}

/** The state without the note of its outcome, which is due once more. */
const withoutNote = (state: State): State => {
  const { failedNote: _, noted, ...rest } = state
  return {
    ...rest,
    ...(noted?.written === false && { failedNote: noted.request }),
    earlierNotes: noted?.written === true ? [...state.earlierNotes, noted.request] : state.earlierNotes,
    held: afterEnd(state.held, "outcome"),
    events: {
      ...state.events,
      retries: state.events.retries.without("outcome")
    }
  }
}

const changed = (state: State, changedAt: number): State => {
  const { response, ...rest } = state
  return { ...rest, changedAt, ...(response !== undefined && { outdated: response }) }
}

/** The state after an operator's decision. One that may not be taken changes nothing. */
const applyDecision = (state: State, decided: FactOf<"Decided">): State =>
  !isDecidable(state, decided.decision)
    ? state
    : changed({ ...withoutNote(state), dispatch: afterDecision(state.dispatch, decided) }, decided.at)

/**
 * True if an operator may take this decision: only on a doubt, and not while the message is being sent again. A resend
 * without an attempt under way can be withdrawn (SPEC 5.3).
 */
export const isDecidable = (state: State, decision: Decision): boolean =>
  dispatchOutcome(state) === "in_doubt" &&
  (state.dispatch.over || (decision !== "resend" && isResendWaiting(state.dispatch)))

/** True for an order without any response yet: its record has not ended. */
export const isOrderUnderWay = ({ accepted, outdated, response }: State): boolean =>
  accepted !== undefined && response === undefined && outdated === undefined

/**
 * The state in which the Case is to be opened once more. If it may have been created, its intent stays, so that a look
 * comes first.
 */
const withoutFailedCase = (state: State, { appearsUntil }: FactOf<"RetryRequested">): State => {
  const { case: _, caseIntent, consumer, ...rest } = state
  return {
    ...rest,
    held: afterEnd(state.held, "case"),
    ...(appearsUntil !== undefined && caseIntent && { caseIntent }),
    // The generic customer does not stay, because the instance may show the real one now.
    ...(consumer !== undefined && consumer.origem !== "generico" && { consumer })
  }
}

/**
 * The state after an operator requested failed steps once more (SPEC 10.1). The writer of the fact has checked that
 * they failed.
 */
const applyRetryRequest = (state: State, fact: FactOf<"RetryRequested">): State => {
  const steps = new Set(fact.steps)
  const writes = fact.steps.filter((step) => !orderSteps.has(step))
  let next: State = { ...state, retried: fact, events: withRetries(state.events, writes, fact.at) }
  if (steps.has("case") && next.case?._tag === "CaseFailed") next = withoutFailedCase(next, fact)
  if (steps.has("dispatch"))
    next = { ...next, dispatch: afterRetry(next.dispatch), held: afterEnd(next.held, "dispatch") }
  if (steps.has("dispatch") || steps.has("outcome")) next = withoutNote(next)
  return next.accepted === undefined ? next : changed(next, fact.at)
}

/** The steps of the order itself. */
const orderSteps: ReadonlySet<string> = new Set(["case", "dispatch", "outcome"])

/** True while the Case is opened once more for an operator (SPEC 10.1). */
export const isCaseRetried = ({ case: theCase, retried }: State): boolean =>
  theCase === undefined && retried?.steps.includes("case") === true

/** True if events came while the order had no Case, and it has one now (SPEC 10.1). */
export const isReplanDue = (state: State): boolean => caseOf(state) !== undefined && state.events.withoutCase.size > 0

/** The state after an event was planned. Only an order can get its Case later. */
const withPlan = (before: State, fact: FactOf<"EventPlanned"> | FactOf<"AmbiguityPlanned">): State => {
  const events = evolveEvents(before.events, fact)
  const { accepted } = before
  const isEarly = accepted !== undefined && wants(accepted.order, "itsm") && caseOf(before) === undefined
  return { ...before, events: isEarly ? withoutCaseFor(events, fact.key) : events }
}

const withOperation = (state: State, { operation }: { readonly operation?: string }): State =>
  operation === undefined ? state : { ...state, operations: new Set(state.operations).add(operation) }

/**
 * The state after a fact that may settle a doubt. Such a fact is an event or a late answer, which may also follow an
 * operator's decision. An event has its own note.
 */
const settledBy = (before: State, changes: State, { at }: Fact): State => {
  const dispatch = afterReport(changes.dispatch, changes.events.reported)
  const after = { ...changes, dispatch }
  const [known, overall] = [overallOutcomeOf(before), overallOutcomeOf(after)]
  if (known === undefined || overall === undefined) return after
  if (known.outcome === overall.outcome && known.by === overall.by) return after
  return changed(overall.by === "events" ? after : withoutNote(after), at)
}

/** True for an order that has waited and has not ended. No record continues it (SPEC 9.2). */
export const isResumed = ({ accepted, response, wasHeld }: State): boolean =>
  wasHeld === true && accepted !== undefined && response === undefined

/** When the outcome last changed, epoch milliseconds, until its note and response are done. Otherwise `undefined`. */
export const changeDue = ({ changedAt, response }: State): number | undefined =>
  response === undefined ? changedAt : undefined

/** When the Case was last read, opened or found, epoch milliseconds; 0 while there is none. */
export const caseSeenAt = ({ case: opened, events: { readAt = 0 } }: State): number => Math.max(opened?.at ?? 0, readAt)

/**
 * Marks the note of the outcome as written once a retry has written it (SPEC 6.4). The first try after a wait counts as
 * the write's first attempt, so that its retries do not end because of an outage (SPEC 9.2).
 */
const applyRetry = (state: State, fact: FactOf<"WriteRetried">): State => {
  const { at, avisos, response, write, written } = fact
  const isFirst = !written && state.held.has(write)
  const noted =
    write === "outcome" && (written || isFirst) && state.noted !== undefined
      ? { noted: { ...state.noted, at, avisos, response, written } }
      : {}
  const events = isFirst ? afterHeldTry(state.events, fact) : evolveEvents(state.events, fact)
  const note = write === "outcome" && written ? state.noted?.request.work_notes : undefined
  return {
    ...state,
    ...noted,
    events: note === undefined ? events : withNote(events, note, caseSeenAt(state), at),
    held: afterEnd(state.held, write)
  }
}

const failuresAfter = (failures: State["failures"], { content, event, origin }: FactOf<"ResponseStored">) => {
  const cause = event ?? (origin === undefined ? "close" : "")
  const codigos = failuresOf(content).map(({ code }) => code)
  if (codigos.length > 0) return new Map(failures).set(cause, codigos)
  return failures.has(cause) ? new Map([...failures].filter(([other]) => other !== cause)) : failures
}

const applyResponse = (state: State, fact: FactOf<"ResponseStored">): State => {
  const next = {
    ...state,
    failures: failuresAfter(state.failures, fact),
    responses: Math.max(state.responses, fact.number),
    unacknowledged: state.unacknowledged.with(fact.number, fact)
  }
  return fact.event === undefined && fact.origin !== undefined
    ? { ...next, response: fact, firstResponse: state.firstResponse ?? fact.number }
    : { ...next, events: evolveEvents(state.events, fact) }
}

/** The state after a step was held. An intent that was surely not carried out is taken back. */
const applyHeld = (state: State, fact: FactOf<"Held">): State => {
  const held = afterHeld(state.held, fact)
  if (fact.step === "dispatch") return { ...state, held, wasHeld: true, dispatch: afterHold(state.dispatch, fact) }
  if (fact.step !== "case") return { ...state, held, events: evolveEvents(state.events, fact) }
  if (fact.appearsUntil !== undefined) return { ...state, held, wasHeld: true }
  const { caseIntent: _, ...rest } = state
  return { ...rest, held, wasHeld: true }
}

/** Removes a held dispatch once no attempt follows. */
const withoutOverDispatch = (state: State): State =>
  state.dispatch.over && state.held.has("dispatch") ? { ...state, held: afterEnd(state.held, "dispatch") } : state

const apply = (state: State, fact: Fact): State => {
  switch (fact._tag) {
    case "Accepted":
      return { ...state, accepted: state.accepted ?? fact }
    case "ConsumerFound":
      return { ...state, consumer: fact }
    case "CaseIntended":
      return { ...state, caseIntent: fact, held: afterRenewed(state.held, "case") }
    case "CaseOpened":
      return {
        ...state,
        case: state.case?._tag === "CaseOpened" ? state.case : fact,
        held: afterEnd(state.held, "case")
      }
    case "CaseFailed":
      return { ...state, case: state.case ?? fact, held: afterEnd(state.held, "case") }
    case "DispatchIntended":
    case "DispatchRefused":
    case "DispatchSettled":
      return settledBy(state, { ...state, dispatch: evolveDispatch(state.dispatch, fact) }, fact)
    case "OutcomeNoted": {
      const events = ended(state.events, "outcome")
      return {
        ...state,
        noted: fact,
        events: fact.written ? withNote(events, fact.request.work_notes, caseSeenAt(state), fact.at) : events,
        held: afterEnd(state.held, "outcome")
      }
    }
    case "Decided":
      return applyDecision(withOperation(state, fact), fact)
    case "RetryRequested":
      return applyRetryRequest(withOperation(state, fact), fact)
    case "EndRequested":
      return withOperation(state, fact)
    case "EventsReplanned":
      return { ...state, events: evolveEvents(state.events, fact) }
    case "Adopted":
      return { ...state, adopted: state.adopted ?? fact }
    case "Held":
      return applyHeld(state, fact)
    case "WriteRetried":
      return applyRetry(state, fact)
    case "EventPlanned":
      return settledBy(state, withPlan(state, fact), fact)
    case "AmbiguityPlanned":
      return withPlan(state, fact)
    case "WriteIntended":
      return { ...state, events: evolveEvents(state.events, fact), held: afterBegun(state.held, fact.write) }
    case "EventWritten":
      return {
        ...state,
        events: evolveEvents(state.events, fact),
        held: afterEnd(state.held, writeName({ of: "event", key: fact.key, index: fact.index }))
      }
    case "CloseWritten":
      return { ...state, events: evolveEvents(state.events, fact), held: afterEnd(state.held, "close") }
    case "WriteCancelled":
    case "CloseIntended":
      return { ...state, events: evolveEvents(state.events, fact) }
    case "ResponseStored":
      return applyResponse(state, fact)
    case "ResponseAcknowledged":
      return { ...state, unacknowledged: state.unacknowledged.without(fact.number) }
  }
}

/** The state after one more fact. */
export const evolve = (state: State, fact: Fact): State => ({
  ...withoutOverDispatch(apply(state, fact)),
  seq: state.seq + 1,
  createdAt: state.seq === 0 ? fact.at : state.createdAt,
  updatedAt: Math.max(state.updatedAt, fact.at)
})

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

type DispatchOutcome = FactOf<"DispatchSettled">["outcome"]

/** How the dispatch ended, as far as known. */
export interface OverallOutcome {
  readonly outcome: DispatchOutcome
  /**
   * The source of the outcome. Weni's own answer counts more than the operator's decision, which counts more than
   * events.
   */
  readonly by: "weni" | "operator" | "events"
  /** The attempt's own outcome and answer, which stay as they were recorded. */
  readonly answer: FactOf<"DispatchSettled">
}

/** The part of a communication's state that determines how its dispatch ended. */
interface Known {
  readonly dispatch: DispatchState
  readonly events: EventsState
}

const decidedOutcomes = { resend: undefined, sent: "sent", not_sent: "failed" } as const

const reportedOutcomes = { received: "sent", failed: "failed", sent: "sent" } as const

/**
 * How the dispatch ended (SPEC 5.3): sent if any attempt was accepted, in doubt while one is, failed when none is and
 * no other attempt follows. `undefined` while the first attempt, or the last possible one, is under way.
 */
export const overallOutcomeOf = ({ dispatch, events }: Known): OverallOutcome | undefined => {
  const { accepted, decided, doubts, last, open, over } = dispatch
  if (accepted !== undefined) return { outcome: "sent", by: "weni", answer: accepted }
  if (last === undefined) return undefined
  if (doubts.size === 0) {
    return over && open.size === 0 ? { outcome: "failed", by: "weni", answer: last } : undefined
  }
  const said = decided && decidedOutcomes[decided.decision]
  if (said !== undefined) return { outcome: said, by: "operator", answer: last }
  return events.reported === undefined
    ? { outcome: "in_doubt", by: "weni", answer: last }
    : { outcome: reportedOutcomes[events.reported], by: "events", answer: last }
}

export const dispatchOutcome = (known: Known): DispatchOutcome | undefined => overallOutcomeOf(known)?.outcome

/**
 * Which ids of our messages are known, if all messages that may have been sent are known (SPEC 8.2). Otherwise a reply
 * to an unknown message may be to one of ours.
 */
export const knownMessage = ({ dispatch, events }: Known): KnownMessage | undefined => {
  const { accepted, doubts } = dispatch
  if (doubts.size > (accepted === undefined ? 1 : 0)) return undefined
  const own = accepted?.messageId
  return events.knownMessage === "whatsapp" || own === undefined
    ? events.knownMessage
    : isWhatsappId(own)
      ? "whatsapp"
      : "vendor"
}
