/**
 * How often calls may begin at a vendor that has refused some of them with 429 (SPEC 4.6). It starts at half of the
 * known rate, is back at that rate within 20 s, stays there for as long again, and then grows ever faster.
 */
export interface Pace {
  /** The rate that the vendor is known to accept, calls per second. */
  readonly known: number
  /** How many calls that began at this pace the vendor has answered. */
  readonly answered: number
}

/** Seconds until the pace is back at the known rate. */
const recovery = 20

/** After this many recoveries a pace no longer limits anything. */
const unlimited = 3

/** A vendor accepts a little less than the rate that it refused, because calls do not arrive evenly. */
const margin = 0.95

/** How many recoveries the answers amount to. */
const progress = ({ answered, known }: Pace): number => answered / (known * recovery)

/** Calls per second, at least one. */
export const rateOf = (pace: Pace): number => Math.max(1, pace.known * (1 + (progress(pace) - 1) ** 7 / 2))

/** The pace after a refusal, when the vendor accepted at most `taken` calls in any recent second. */
export const slower = (pace: Pace | undefined, taken: number): Pace => {
  const known = pace === undefined ? taken : Math.min(rateOf(pace), taken)
  return { known: Math.max(1, known * margin), answered: 0 }
}

/** The pace after an answer. `undefined` once it no longer limits. */
export const faster = (pace: Pace): Pace | undefined => {
  const next = { ...pace, answered: pace.answered + 1 }
  return progress(next) < unlimited ? next : undefined
}
