import { makeScenario } from "./scenario/makeScenario.ts"
import { type Outcome, simulate } from "./simulate.ts"

/** Runs of neighbouring seeds. */
export interface Series {
  /** Of the first run. */
  readonly seed: number
  readonly runs: number
}

/** The failed ones among these runs, in the order of their seeds; `each` hears of every run. */
export const runSeries = ({ runs, seed }: Series, each: (outcome: Outcome) => void = () => undefined) =>
  Array.from({ length: runs }, (_, index) => {
    const outcome = simulate(makeScenario(seed + index))
    each(outcome)
    return outcome
  }).filter(({ violations }) => violations.length > 0)

/** The same run again, with its story. */
export const replay = (seed: number): Outcome => simulate(makeScenario(seed), true)
