/**
 * How often calls may begin at a vendor that has refused some of them with 429 (SPEC 4.6). It starts at half of what
 * the vendor is known to take, is back there within 20 s, stays there as long again, and then grows ever faster.
 */
export interface Pace {
  /** What the vendor is known to take, calls per second. */
  readonly known: number
  /** How many calls that began at this pace the vendor has answered. */
  readonly answered: number
}

/** How long it takes to be back at what is known, seconds. */
const recovery = 20

/** A pace that has lasted for so many recoveries no longer limits anything. */
const unlimited = 3

/** A vendor takes a little less than what it refused, because calls do not arrive evenly. */
const margin = 0.95

/** How many recoveries the answers amount to. */
const progress = ({ answered, known }: Pace): number => answered / (known * recovery)

/** Calls per second, at least one. */
export const rateOf = (pace: Pace): number => Math.max(1, pace.known * (1 + (progress(pace) - 1) ** 7 / 2))

/** The pace after a refusal, when the vendor took at most `taken` calls in one second of late. */
export const slower = (pace: Pace | undefined, taken: number): Pace => {
  const known = pace === undefined ? taken : Math.min(rateOf(pace), taken)
  return { known: Math.max(1, known * margin), answered: 0 }
}

/** The pace after an answer. `undefined` once it no longer limits. */
export const faster = (pace: Pace): Pace | undefined => {
  const next = { ...pace, answered: pace.answered + 1 }
  return progress(next) < unlimited ? next : undefined
}
