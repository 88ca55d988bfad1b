import { makeScenario } from "./scenario/makeScenario.ts"
import { onInstance, type SimulatedInstance } from "./scenario/onInstance.ts"
import type { Scenario } from "./scenario/Scenario.ts"
import { type Outcome, simulate } from "./simulate.ts"

/** One run. With `crash` its only fate is that the first process dies at that boundary; 0 means never. */
export interface Run {
  readonly seed: number
  readonly crash?: number
  /** The run is on this instance instead of its seed's vendors. */
  readonly instance?: SimulatedInstance
  /** The run has two processes side by side, whatever the seed has. */
  readonly two?: boolean
}

const scenarioOf = ({ crash, instance, seed, two }: Run): Scenario => {
  const made = makeScenario(seed, two)
  const scenario = instance === undefined ? made : onInstance(made, instance)
  if (crash === undefined) return scenario
  return { ...scenario, fates: crash === 0 ? [] : [{ kind: "crash", when: { boundary: crash }, next: 500 }] }
}

/** The run, with its story. */
export const replay = (run: Run): Outcome => simulate(scenarioOf(run), true)

/** Runs that are made one after the other. */
export type Series = Iterable<Run>

/** Consecutive seeds, each as it is. */
export const seeds = function* (seed: number, runs: number, more: Pick<Run, "instance" | "two"> = {}): Series {
  for (let index = 0; index < runs; index++) yield { ...more, seed: seed + index }
}

/** Consecutive seeds, each with a crash at every boundary in turn. */
export const boundaries = function* (seed: number, runs: number, more: Pick<Run, "instance" | "two"> = {}): Series {
  for (let index = 0; index < runs; index++) {
    const own = { ...more, seed: seed + index, crash: 0 }
    yield own
    const { boundaries } = simulate(scenarioOf(own))
    for (let crash = 1; crash <= boundaries; crash++) yield { ...own, crash }
  }
}

/** Makes the runs, and yields the outcome of each. */
export const outcomes = function* (series: Series): Iterable<{ readonly run: Run; readonly outcome: Outcome }> {
  for (const run of series) yield { run, outcome: simulate(scenarioOf(run)) }
}
