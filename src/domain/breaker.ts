/** What the breaker of one vendor knows (SPEC 9.2); times in epoch milliseconds, `Reason` is why an attempt failed. */
export type Breaker<Reason> =
  | { readonly _tag: "Closed"; /** Failed attempts in a row. */ readonly failures: number }
  | { readonly _tag: "Open"; readonly until: number; readonly since: number; readonly reason: Reason }
  /** One call may try: the probe. */
  | { readonly _tag: "HalfOpen"; readonly probing: boolean; readonly since: number; readonly reason: Reason }

/** What one attempt says of the vendor. */
export type Sign<Reason> =
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

export const closed: Breaker<never> = { _tag: "Closed", failures: 0 }

const reopened = <Reason>(
  { reset }: BreakerLimits,
  sign: Exclude<Sign<Reason>, { readonly _tag: "Alive" | "None" }>,
  since: number,
  now: number
): Breaker<Reason> => ({
  _tag: "Open",
  until: now + (sign._tag === "Busy" ? sign.wait : reset),
  since,
  reason: sign.reason
})

const whileClosed = <Reason>(
  breaker: Extract<Breaker<Reason>, { readonly _tag: "Closed" }>,
  limits: BreakerLimits,
  sign: Sign<Reason>,
  now: number
): Breaker<Reason> => {
  switch (sign._tag) {
    case "None":
      return breaker
    case "Alive":
      return closed
    case "Busy":
      return reopened(limits, sign, now, now)
    case "Failed":
      return breaker.failures + 1 < limits.failures
        ? { _tag: "Closed", failures: breaker.failures + 1 }
        : reopened(limits, sign, now, now)
  }
}

/** After one attempt; the same object where nothing has changed. One that began before the breaker opened says nothing any more, unless it asks for a longer rest. */
export const attempted = <Reason>(
  breaker: Breaker<Reason>,
  limits: BreakerLimits,
  sign: Sign<Reason>,
  probe: boolean,
  now: number
): Breaker<Reason> => {
  switch (breaker._tag) {
    case "Closed":
      return whileClosed(breaker, limits, sign, now)
    case "Open":
      return sign._tag === "Busy" ? { ...breaker, until: Math.max(breaker.until, now + sign.wait) } : breaker
    case "HalfOpen":
      if (!probe) return breaker
      if (sign._tag === "Alive") return closed
      return sign._tag === "None" ? { ...breaker, probing: false } : reopened(limits, sign, breaker.since, now)
  }
}

/** As time passes: an open breaker lets a probe through from `until` on. */
export const elapsed = <Reason>(breaker: Breaker<Reason>, now: number): Breaker<Reason> =>
  breaker._tag === "Open" && breaker.until <= now
    ? { _tag: "HalfOpen", probing: false, since: breaker.since, reason: breaker.reason }
    : breaker
