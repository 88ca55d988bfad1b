import { type OutageReason, Refused, TokenUnavailable, DispatchRefusal, type WeniReason } from "./failureReasons.ts"

/** What the breaker of one vendor knows (SPEC 9.2); times in epoch milliseconds, `Reason` is why an attempt failed. */
export type CircuitState<Reason> =
  | { readonly _tag: "Closed"; /** Failed attempts in a row. */ readonly failures: number }
  | { readonly _tag: "Open"; readonly until: number; readonly since: number; readonly reason: Reason }
  /** One call may try: the probe. */
  | { readonly _tag: "HalfOpen"; readonly probing: boolean; readonly since: number; readonly reason: Reason }

/** What one attempt says of the vendor. */
export type CallOutcome<Reason> =
  /** It answered, yes or no. */
  | { readonly _tag: "Alive" }
  | { readonly _tag: "Failed"; readonly reason: Reason }
  /** It asks to be left alone for `wait` milliseconds (SPEC 4.6). */
  | { readonly _tag: "Busy"; readonly reason: Reason; readonly wait: number }
  /** Nothing was asked, or nobody waited for the answer. */
  | { readonly _tag: "None" }

export interface BreakerLimits {
  /** BREAKER_FAILURES. */
  readonly failures: number
  /** BREAKER_RESET, milliseconds. */
  readonly reset: number
}

export const closed: CircuitState<never> = { _tag: "Closed", failures: 0 }

const reopened = <Reason>(
  { reset }: BreakerLimits,
  outcome: Exclude<CallOutcome<Reason>, { readonly _tag: "Alive" | "None" }>,
  since: number,
  now: number
): CircuitState<Reason> => ({
  _tag: "Open",
  until: now + (outcome._tag === "Busy" ? outcome.wait : reset),
  since,
  reason: outcome.reason
})

const whileClosed = <Reason>(
  breaker: Extract<CircuitState<Reason>, { readonly _tag: "Closed" }>,
  limits: BreakerLimits,
  outcome: CallOutcome<Reason>,
  now: number
): CircuitState<Reason> => {
  switch (outcome._tag) {
    case "None":
      return breaker
    case "Alive":
      return closed
    case "Busy":
      return reopened(limits, outcome, now, now)
    case "Failed":
      return breaker.failures + 1 < limits.failures
        ? { _tag: "Closed", failures: breaker.failures + 1 }
        : reopened(limits, outcome, now, now)
  }
}

/** After one attempt; the same object where nothing has changed. One that began before the breaker opened says nothing any more, unless it asks for a longer rest. */
export const attempted = <Reason>(
  breaker: CircuitState<Reason>,
  limits: BreakerLimits,
  outcome: CallOutcome<Reason>,
  probe: boolean,
  now: number
): CircuitState<Reason> => {
  switch (breaker._tag) {
    case "Closed":
      return whileClosed(breaker, limits, outcome, now)
    case "Open":
      return outcome._tag === "Busy" ? { ...breaker, until: Math.max(breaker.until, now + outcome.wait) } : breaker
    case "HalfOpen":
      if (!probe) return breaker
      if (outcome._tag === "Alive") return closed
      return outcome._tag === "None" ? { ...breaker, probing: false } : reopened(limits, outcome, breaker.since, now)
  }
}

/** As time passes: an open breaker lets a probe through from `until` on. */
export const elapsed = <Reason>(breaker: CircuitState<Reason>, now: number): CircuitState<Reason> =>
  breaker._tag === "Open" && breaker.until <= now
    ? { _tag: "HalfOpen", probing: false, since: breaker.since, reason: breaker.reason }
    : breaker

/** The status alone: whatever else an answer says is about one communication, and an open breaker speaks to all. */
const statusText = (status: number) => ({ status, message: `HTTP ${status}` })

const alive = { _tag: "Alive" } as const

/** We did not ask: it is this process that may have lost its lock (DESIGN "Ownership"). */
const unasked = { _tag: "None" } as const

const isWithheld = (reason: OutageReason | WeniReason) => reason._tag === "NotConnected" && reason.withheld === true

const serviceNowWithoutWords = (reason: OutageReason): OutageReason => {
  switch (reason._tag) {
    case "Refused":
      return new Refused({ ...statusText(reason.status), detail: "recusado" })
    case "TokenUnavailable":
      return reason.reason._tag === "Refused"
        ? new TokenUnavailable({ reason: new Refused({ ...statusText(reason.reason.status), detail: "recusado" }) })
        : reason
    default:
      return reason
  }
}

/**
 * What a failed attempt says of ServiceNow (SPEC 9.2, 4.6): 4xx but 401 shows it alive, a 429 that asks for more than
 * `maxDelay` milliseconds holds all calls back, a request that we withheld shows nothing.
 */
export const serviceNowOutcome = (reason: OutageReason, maxDelay: number): CallOutcome<OutageReason> => {
  if (isWithheld(reason)) return unasked
  const said = serviceNowWithoutWords(reason)
  if (reason._tag !== "Refused" || reason.status < 400 || reason.status === 401 || reason.status >= 500) {
    return { _tag: "Failed", reason: said }
  }
  const wait = reason.status === 429 ? (reason.retryAfter ?? 0) : 0
  return wait > maxDelay ? { _tag: "Busy", reason: said, wait } : alive
}

/** What a failed attempt says of Weni (SPEC 9.2): 4xx but 401 and 403 shows it alive, a request that we withheld nothing. */
export const weniOutcome = (reason: WeniReason): CallOutcome<WeniReason> => {
  if (isWithheld(reason)) return unasked
  if (reason._tag !== "DispatchRefusal") return { _tag: "Failed", reason }
  const { status } = reason
  return status >= 400 && status < 500 && status !== 401 && status !== 403
    ? alive
    : { _tag: "Failed", reason: new DispatchRefusal({ ...statusText(status), answer: {} }) }
}
