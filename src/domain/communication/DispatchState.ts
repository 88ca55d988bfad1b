import type { FactOf } from "./Fact.ts"

type Refused = FactOf<"DispatchRefused">
type Settled = FactOf<"DispatchSettled">
type DispatchFact = FactOf<"DispatchIntended"> | Refused | Settled

/** What is known of the dispatch, attempt by attempt. An answer settles only its own attempt (SPEC 5.3). */
export interface DispatchState {
  /** Attempts that were intended. */
  readonly attempts: number
  readonly lastIntent?: FactOf<"DispatchIntended">
  /** When each attempt was intended, epoch milliseconds. */
  readonly intendedAt: ReadonlyMap<number, number>
  /** Attempts without an answer. It is unknown whether Weni accepted them. */
  readonly open: ReadonlySet<number>
  /** Attempts in doubt. 0 stands for a message that an earlier service or database may have sent (SPEC 8.2). */
  readonly doubts: ReadonlySet<number>
  /** Weni's first answer that accepted a message. */
  readonly accepted?: Settled
  /** How the latest attempt ended, or why no other attempt was made. */
  readonly last?: Settled
  /** The latest refusal after which another attempt may follow. */
  readonly refused?: Refused
  /** No other attempt follows, unless an operator decides `resend`. */
  readonly over: boolean
  /** The operator's latest decision on a doubt (SPEC 5.3). */
  readonly decided?: FactOf<"Decided">
  /** Attempts that were made before the operator's latest `resend` or retry. */
  readonly resentAfter: number
  /** An operator had the dispatch made once more after it had surely failed (SPEC 10.1). */
  readonly retried?: true
  /**
   * An event ended that retry before an attempt of it was accepted (SPEC 10.1). The outcome is the one before the
   * retry.
   */
  readonly isRetryCancelled?: true
  /**
   * Attempts that do not count: failed probes, and those before the latest `resend` or retry, which has its own
   * RETRY_ATTEMPTS.
   */
  readonly attemptsBefore: number
}

const none: ReadonlySet<number> = new Set()

export const noDispatch: DispatchState = {
  attempts: 0,
  intendedAt: new Map(),
  open: none,
  doubts: none,
  over: false,
  resentAfter: 0,
  attemptsBefore: 0
}

const withMember = (set: ReadonlySet<number>, attempt: number): ReadonlySet<number> =>
  set.has(attempt) ? set : new Set(set).add(attempt)

const withoutMember = (set: ReadonlySet<number>, attempt: number): ReadonlySet<number> =>
  set.has(attempt) ? new Set([...set].filter((other) => other !== attempt)) : set

const applySent = (state: DispatchState, fact: Settled): DispatchState => ({
  ...state,
  open: withoutMember(state.open, fact.attempt),
  doubts: withoutMember(state.doubts, fact.attempt),
  accepted: state.accepted ?? fact,
  over: true
})

/** The state after a doubt. It changes nothing if the attempt is already in doubt or has been answered. */
const applyDoubt = (state: DispatchState, fact: Settled): DispatchState => {
  const { doubts, last, open } = state
  const isAnswered = last?.attempt === fact.attempt && last.outcome === "failed"
  if (doubts.has(fact.attempt) || isAnswered) return state
  return {
    ...state,
    open: withoutMember(open, fact.attempt),
    doubts: withMember(doubts, fact.attempt),
    last: fact,
    over: true
  }
}

/**
 * The state after the answer to one attempt, or after the end of the dispatch without another attempt. The fact of such
 * an end carries the number of a refused attempt, or 0. An answer to an attempt before the latest `resend` does not end
 * that resend.
 */
const applyFailed = (state: DispatchState, fact: Settled): DispatchState => {
  const { attempt } = fact
  const { doubts, last, open, resentAfter } = state
  const isAnswer = open.has(attempt) || (attempt > 0 && doubts.has(attempt))
  const isLate = isAnswer && attempt <= resentAfter
  return {
    ...state,
    open: withoutMember(open, attempt),
    doubts: attempt > 0 ? withoutMember(doubts, attempt) : doubts,
    last: isLate && last !== undefined && last.attempt !== attempt ? last : fact,
    over: state.over || !isLate
  }
}

const applySettled = (state: DispatchState, fact: Settled): DispatchState => {
  switch (fact.outcome) {
    case "sent":
      return applySent(state, fact)
    case "in_doubt":
      return applyDoubt(state, fact)
    case "failed":
      return applyFailed(state, fact)
  }
}

/** A refusal that comes after the attempt's doubt settles it. No other attempt follows by itself (SPEC 5.3). */
const applyRefused = (state: DispatchState, fact: Refused): DispatchState => {
  const { at, attempt, probe, response } = fact
  if (state.doubts.has(attempt)) {
    return applyFailed(state, { _tag: "DispatchSettled", at, attempt, outcome: "failed", response })
  }
  return {
    ...state,
    open: withoutMember(state.open, attempt),
    refused: fact,
    attemptsBefore: state.attemptsBefore + (probe === true ? 1 : 0)
  }
}

export const evolveDispatch = (state: DispatchState, fact: DispatchFact): DispatchState => {
  switch (fact._tag) {
    case "DispatchIntended":
      return {
        ...state,
        attempts: Math.max(state.attempts, fact.attempt),
        lastIntent: fact,
        intendedAt: new Map(state.intendedAt).set(fact.attempt, fact.at),
        open: withMember(state.open, fact.attempt)
      }
    case "DispatchRefused":
      return applyRefused(state, fact)
    case "DispatchSettled":
      return applySettled(state, fact)
  }
}

/** What events report about the dispatch (SPEC 8.6). */
export type Reported = "received" | "failed" | "sent"

/**
 * The dispatch after a fact of the communication. A resend that has no attempt under way ends as soon as an event has
 * settled its doubt, because it could send a second message (SPEC 8.6). So does a retry if the customer has a message.
 */
export const afterReport = (state: DispatchState, reported: Reported | undefined): DispatchState => {
  const { decided, doubts, open, over, retried } = state
  const isSettled = doubts.size > 0 || decided?.decision === "resend"
  const isSecond = isSettled ? reported !== undefined : retried === true && isMessageKnown(reported)
  if (!isSecond || over || open.size > 0) return state
  return { ...state, over: true, ...(!isSettled && { isRetryCancelled: true }) }
}

/** True if events show that there is a message. A retry then sends nothing (SPEC 10.1). */
export const isMessageKnown = (reported: Reported | undefined): boolean =>
  reported === "received" || reported === "sent"

/** True while an operator's `resend` or retry has no attempt under way. */
export const isResendWaiting = ({ decided, open, over, retried }: DispatchState): boolean =>
  (decided?.decision === "resend" || retried === true) && !over && open.size === 0

/** The dispatch after its run ended at a wait. Attempts that were used up in an outage are granted once more. */
export const afterHold = (state: DispatchState, { exhausted }: FactOf<"Held">): DispatchState =>
  exhausted === true ? { ...state, attemptsBefore: state.attempts } : state

/** The dispatch without an earlier refusal and cancellation, which no longer count once an operator has acted on it. */
const decidedAgain = ({ isRetryCancelled: _was, refused: _, ...rest }: DispatchState): DispatchState => rest

/** The dispatch when it is to be made once more, with RETRY_ATTEMPTS new attempts. */
const madeAgain = (state: DispatchState): DispatchState => {
  const { attempts } = state
  return { ...decidedAgain(state), over: false, resentAfter: attempts, attemptsBefore: attempts }
}

/**
 * The dispatch after an operator's decision on its doubt. A later answer of Weni still counts, and a resend that waits
 * is withdrawn (SPEC 5.3).
 */
export const afterDecision = (state: DispatchState, decided: FactOf<"Decided">): DispatchState =>
  decided.decision === "resend" ? { ...madeAgain(state), decided } : { ...decidedAgain(state), decided, over: true }

/** The dispatch after an operator's retry. All attempts before it were surely not accepted (SPEC 10.1). */
export const afterRetry = (state: DispatchState): DispatchState => ({ ...madeAgain(state), retried: true })

/**
 * When the first message may have been sent, epoch milliseconds: the first attempt that was accepted or is in doubt.
 */
export const sentAt = ({ accepted, doubts, intendedAt }: DispatchState): number | undefined => {
  const times = [...doubts, accepted?.attempt ?? 0].flatMap((attempt) => intendedAt.get(attempt) ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}
