import type { Dice } from "../Dice.ts"

/** When the fate of a process happens: at its n-th boundary (before or after an outside call), after so many milliseconds, or at Weni's answer. */
type When =
  | { readonly boundary: number }
  | { readonly after: number }
  | { readonly answered: true }
  /** At its n-th boundary after a vendor is back. */
  | { readonly recovered: number }
  /** At its n-th boundary after the first operation of an operator has begun. */
  | { readonly operated: number }

/** How a process ends; all times are milliseconds. */
export type Fate =
  /** `kill -9`. The next process starts `next` later. */
  | { readonly kind: "crash"; readonly when: When; readonly next: number }
  /** SIGTERM. */
  | { readonly kind: "stop"; readonly when: When; readonly next: number }
  /**
   * It stalls. Its successor starts `next` later. It resumes `thaw` after the stall began and dies `dies` after that, so two
   * processes work at once. All of this is within SERVICENOW_TIMEOUT.
   */
  | {
      readonly kind: "takeover"
      readonly when: When
      readonly next: number
      readonly thaw: number
      readonly dies: number
    }
  /** Like a takeover, but so late that its locks are lost. It still records the answer that it got (DESIGN "Ownership"). */
  | {
      readonly kind: "superseded"
      readonly when: When
      readonly next: number
      readonly thaw: number
      readonly dies: number
    }
  /** Beside others: it stalls for `thaw`, and resumes. */
  | { readonly kind: "stall"; readonly when: When; readonly thaw: number }

/** What happens to the parts that all processes share, for `lasts` milliseconds. */
export interface Disturbance {
  readonly kind:
    | "kafka away"
    | "database away"
    | "rebalance"
    | "slow acknowledgements"
    | "defects"
    /** A connection to a vendor takes up to 9 s. */
    | "slow connections"
    /** The wall clock of one process is changed, and corrected later. */
    | "clock set"
  readonly after: number
  readonly lasts: number
  /** For `clock set`: milliseconds. */
  readonly by?: number
}

const when = (dice: Dice): When =>
  dice.chance(0.8) ? { boundary: dice.between(1, dice.pick([15, 40, 90])) } : { after: dice.between(0, 60_000) }

const fate = (dice: Dice): Fate => {
  const next = dice.pick([1, 500, 3000, 20_000])
  const kind = dice.pick(["crash", "crash", "crash", "takeover", "takeover", "stop"] as const)
  if (kind !== "takeover") return { kind, when: when(dice), next }
  const thaw = dice.between(1, 8000)
  return { kind, when: when(dice), next: dice.between(1, 3000), thaw, dies: dice.between(0, 4000) }
}

/** A process beside others is not taken over while it has its locks. It only stalls, for less and for longer than they last. */
const besideOthers = (one: Fate): Fate =>
  one.kind === "takeover" ? { kind: "stall", when: one.when, thaw: 2 * one.thaw + one.dies } : one

export const makeFates = (dice: Dice, processes: number): ReadonlyArray<Fate> => {
  const fates = Array.from({ length: dice.pick([0, 1, 1, 1, 2, 3]) }, () => fate(dice))
  return processes === 1 ? fates : fates.map(besideOthers)
}

/**
 * A process stalls at Weni's answer, and resumes at about the time of an operator's resend. The process that resends may die
 * meanwhile.
 */
export const makeLateAnswers = (dice: Dice): ReadonlyArray<Fate> => {
  const next = dice.pick([1, 500, 3000, 20_000])
  const late: Fate = {
    kind: "superseded",
    when: { answered: true },
    next,
    thaw: dice.between(20_000, 60_000),
    dies: dice.between(0, 20_000)
  }
  const crash: Fate = { kind: "crash", when: { after: dice.between(10_000, 60_000) }, next: dice.pick([1, 500, 5000]) }
  return dice.chance(0.6) ? [late, crash] : [late]
}

export const makeDisturbances = (dice: Dice, trouble: number): ReadonlyArray<Disturbance> =>
  Array.from({ length: dice.pick([0, 0, 1, 2]) }, () => ({
    kind: dice.pick(["kafka away", "database away", "rebalance", "slow acknowledgements", "defects"]),
    after: dice.below(trouble),
    lasts: dice.between(100, 15_000)
  }))

/** Fates around an outage: a process ends after the vendor is back, or while it is unavailable. */
export const makeOutageFates = (dice: Dice, processes: number, end: number): ReadonlyArray<Fate> => {
  const next = dice.pick([1, 500, 3000, 20_000])
  const recovered = (): When => ({ recovered: dice.between(1, dice.pick([5, 15, 40])) })
  const fates = [
    (): ReadonlyArray<Fate> => [{ kind: "crash", when: recovered(), next }],
    (): ReadonlyArray<Fate> => [{ kind: "crash", when: recovered(), next }],
    (): ReadonlyArray<Fate> => [
      { kind: "crash", when: { after: dice.below(end) }, next },
      ...makeFates(dice, processes)
    ],
    (): ReadonlyArray<Fate> => [
      { kind: "stop", when: { after: dice.below(end) }, next },
      { kind: "crash", when: recovered(), next }
    ],
    (): ReadonlyArray<Fate> => makeFates(dice, processes)
  ]
  return dice.pick(fates)()
}

/** Disturbances that were added later. They have separate dice, so the other seeds keep their meaning. */
export const makeMoreDisturbances = (dice: Dice, trouble: number): ReadonlyArray<Disturbance> => [
  ...(dice.chance(0.1)
    ? [{ kind: "slow connections", after: dice.below(trouble), lasts: dice.between(5000, 50_000) } as const]
    : []),
  ...(dice.chance(0.15)
    ? [
        {
          kind: "clock set",
          after: dice.below(trouble),
          lasts: dice.between(5000, 50_000),
          by: dice.pick([-90_000, -20_000, 20_000, 90_000])
        } as const
      ]
    : [])
]
