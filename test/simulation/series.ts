import { makeScenario } from "./scenario/makeScenario.ts"
import type { Scenario } from "./scenario/Scenario.ts"
import { type Outcome, simulate } from "./simulate.ts"

/** One run; with `crash`, instead of what its seed has for processes, the first one dies at that boundary, 0 for never. */
export interface Run {
  readonly seed: number
  readonly crash?: number
}

const scenarioOf = ({ crash, seed }: Run): Scenario => {
  const scenario = makeScenario(seed)
  if (crash === undefined) return scenario
  return { ...scenario, fates: crash === 0 ? [] : [{ kind: "crash", when: { boundary: crash }, next: 500 }] }
}

/** The run, with its story. */
export const replay = (run: Run): Outcome => simulate(scenarioOf(run), true)

/** Runs that are made one after the other. */
export type Series = Iterable<Run>

/** Neighbouring seeds, each as it is. */
export const seeds = function* (seed: number, runs: number): Series {
  for (let index = 0; index < runs; index++) yield { seed: seed + index }
}

/** Neighbouring seeds, each with a death at every boundary in turn. */
export const boundaries = function* (seed: number, runs: number): Series {
  for (let index = 0; index < runs; index++) {
    const own = { seed: seed + index, crash: 0 }
    yield own
    const { boundaries } = simulate(scenarioOf(own))
    for (let crash = 1; crash <= boundaries; crash++) yield { ...own, crash }
  }
}

/** Makes the runs, and says how each one went. */
export const outcomes = function* (series: Series): Iterable<{ readonly run: Run; readonly outcome: Outcome }> {
  for (const run of series) yield { run, outcome: simulate(scenarioOf(run)) }
}
