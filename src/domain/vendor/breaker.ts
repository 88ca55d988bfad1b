import {
  type AttemptReason,
  type OutageReason,
  Refused,
  TokenUnavailable,
  DispatchRefusal,
  type WeniReason
} from "./failureReasons.ts"

/** Why and since when calls are held back. */
interface Outage<Reason> {
  readonly since: number
  readonly reason: Reason
  /** Whether the vendor refused calls for a time (429), and was not unavailable. */
  readonly refusing: boolean
}

/**
 * State of one vendor's circuit breaker (SPEC 9.2). Times in monotonic milliseconds. `Reason` is why an attempt failed.
 */
export type CircuitState<Reason> =
  | {
      readonly _tag: "Closed"
      /** Failed attempts in a row. */
      readonly failures: number
      /** When the first of them failed. */
      readonly failingSince?: number
    }
  | ({ readonly _tag: "Open"; readonly until: number } & Outage<Reason>)
  /** One call may be sent: the probe. */
  | ({ readonly _tag: "HalfOpen"; readonly probing: boolean } & Outage<Reason>)

/** What one attempt shows about the vendor. */
export type CallOutcome<Reason> =
  /** The vendor answered, yes or no. */
  | { readonly _tag: "Alive" }
  /** The vendor is unavailable, for `wait` milliseconds if it says so. */
  | { readonly _tag: "Failed"; readonly reason: Reason; readonly wait?: number }
  /** The vendor refuses calls (429) for `wait` milliseconds. 0 if it does not state a time (SPEC 4.6). */
  | { readonly _tag: "Busy"; readonly reason: Reason; readonly wait: number }
  /** No request was sent, or the caller did not wait for the answer. */
  | { readonly _tag: "None" }

export interface BreakerLimits {
  /** BREAKER_FAILURES. */
  readonly failures: number
  /** BREAKER_AFTER, milliseconds of failures without a success. */
  readonly after: number
  /** BREAKER_RESET, milliseconds. */
  readonly reset: number
  /** RETRY_AFTER_MAX, milliseconds. */
  readonly retryAfterMax: number
}

export const closed: Extract<CircuitState<never>, { readonly _tag: "Closed" }> = { _tag: "Closed", failures: 0 }

const openState = <Reason>(
  { reset, retryAfterMax }: BreakerLimits,
  outcome: Exclude<CallOutcome<Reason>, { readonly _tag: "Alive" | "None" }>,
  since: number,
  now: number
): CircuitState<Reason> => ({
  _tag: "Open",
  until: now + (outcome._tag === "Busy" ? outcome.wait : Math.max(reset, Math.min(outcome.wait ?? 0, retryAfterMax))),
  since,
  reason: outcome.reason,
  refusing: outcome._tag === "Busy"
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
      return openState(limits, outcome, now, now)
    case "Failed": {
      const failures = breaker.failures + 1
      const failingSince = breaker.failingSince ?? now
      const isAway = failures >= limits.failures || now - failingSince >= limits.after
      return isAway ? openState(limits, outcome, now, now) : { _tag: "Closed", failures, failingSince }
    }
  }
}

/**
 * The state after one attempt; the same object if nothing has changed. An attempt that started before the breaker
 * opened no longer counts, unless it was refused with 429.
 */
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
      if (!probe) return outcome._tag === "Busy" ? openState(limits, outcome, breaker.since, now) : breaker
      if (outcome._tag === "Alive") return closed
      if (outcome._tag === "None") return { ...breaker, probing: false }
      // One failure after a 429 is not an outage yet.
      return breaker.refusing && outcome._tag === "Failed"
        ? whileClosed(closed, limits, outcome, now)
        : openState(limits, outcome, breaker.since, now)
  }
}

/** The state as time passes. An open breaker permits a probe from `until` on. */
export const elapsed = <Reason>(breaker: CircuitState<Reason>, now: number): CircuitState<Reason> =>
  breaker._tag === "Open" && breaker.until <= now
    ? {
        _tag: "HalfOpen",
        probing: false,
        since: breaker.since,
        reason: breaker.reason,
        refusing: breaker.refusing
      }
    : breaker

/** Only the status. The rest of an answer is about one communication, but an open breaker concerns all of them. */
const statusText = (status: number) => ({ status, message: `HTTP ${status}` })

const alive = { _tag: "Alive" } as const

/** We sent no request, because this process may have lost its lock (DESIGN "Ownership"). */
const noOutcome = { _tag: "None" } as const

/** True if this process sent nothing, because it may have lost its lock. It says nothing about the vendor (SPEC 9.2). */
export const isWithheld = (reason: AttemptReason | WeniReason): boolean =>
  reason._tag === "NotConnected" && reason.withheld === true

const withoutVendorText = (reason: OutageReason): OutageReason => {
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

const waitOf = (reason: Refused | DispatchRefusal) =>
  reason.status === 503 && reason.retryAfter !== undefined ? { wait: reason.retryAfter } : {}

/**
 * Refusals (4xx) that say nothing about the one request: credentials that are wrong for every request, or a time-out in
 * front of the instance.
 */
const unavailable = new Set([401, 408])

/**
 * What a failed attempt shows about ServiceNow (SPEC 9.2, 4.6). A 4xx other than 401, 408 and 429 shows that it is
 * alive. A request that we withheld shows nothing.
 */
export const serviceNowOutcome = (reason: OutageReason): CallOutcome<OutageReason> => {
  if (isWithheld(reason)) return noOutcome
  const publicReason = withoutVendorText(reason)
  if (reason._tag !== "Refused" || reason.status < 400 || reason.status >= 500 || unavailable.has(reason.status)) {
    return { _tag: "Failed", reason: publicReason, ...(reason._tag === "Refused" && waitOf(reason)) }
  }
  return reason.status === 429 ? { _tag: "Busy", reason: publicReason, wait: reason.retryAfter ?? 0 } : alive
}

/**
 * What a failed attempt shows about Weni (SPEC 9.2, 4.6). A 4xx other than 401 and 429 shows that it is alive: a 403
 * may concern one campaign. A request that we withheld shows nothing.
 */
export const weniOutcome = (reason: WeniReason): CallOutcome<WeniReason> => {
  if (isWithheld(reason)) return noOutcome
  if (reason._tag === "ContactRejected") return alive
  if (reason._tag !== "DispatchRefusal") return { _tag: "Failed", reason }
  const { retryAfter, status } = reason
  const publicReason = new DispatchRefusal({ ...statusText(status), answer: {} })
  if (status === 429) return { _tag: "Busy", reason: publicReason, wait: retryAfter ?? 0 }
  return status >= 400 && status < 500 && status !== 401
    ? alive
    : { _tag: "Failed", reason: publicReason, ...waitOf(reason) }
}
