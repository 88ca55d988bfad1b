import { assert, it } from "@effect/vitest"

import type { Phase } from "../../bench/phase.ts"
import { replicasTable } from "../../bench/replicasReport.ts"
import { comparison, summary } from "../../bench/report.ts"
import type { Turn } from "../../bench/turn.ts"

const turn = (millis: number): Turn => {
  const phase: Phase = {
    rate: 500,
    cpu: { subject: millis, vendors: 0.5, postgres: 0.3, driver: 0.2 },
    p50: 50,
    p95: 80,
    p99: 100
  }
  return { fullSpeed: phase, halfLoad: phase, events: undefined, eventsHalfLoad: undefined }
}

const shown = (...millis: ReadonlyArray<number>) => ({
  turns: millis.map(turn),
  memory: { peak: 300, now: 250 },
  exported: undefined
})

it("a subject is compared with the bare loop of the same turn, not of another one", () => {
  const bare = shown(0.5, 1, 0.5)
  // The machine was at half its pace in the second turn.
  const { fullSpeed, least, most, ratio } = summary(shown(1.5, 3.25, 1.25), bare.turns)
  assert.deepStrictEqual([fullSpeed.cpu, ratio, least, most], [1.5, 3, 2.5, 3.25])
})

it("the comparison shows the ratio and its range over the turns", () => {
  const bare = shown(0.5, 0.5)
  const text = comparison([
    ["service", summary(shown(1.25, 1.5), bare.turns)],
    ["bare", summary(bare, bare.turns)]
  ])
  assert.deepStrictEqual(text.split("\n").slice(2), [
    "| service | 500 | 1.38 | 2.75 × | 2.50 to 3.00 | 50 | 80 | 100 | 300 | 250 | 0.30 | 0.50 | 0.20 |",
    "| bare loop | 500 | 0.50 | 1.00 × | 1.00 to 1.00 | 50 | 80 | 100 | 300 | 250 | 0.30 | 0.50 | 0.20 |"
  ])
})

it("several processes are compared with the first row of the same turn", () => {
  const bare = shown(0.5, 1, 0.5)
  const replicated = (processes: number, ...millis: ReadonlyArray<number>) => {
    const one = shown(...millis)
    return { processes, turns: one.turns, ...summary(one, bare.turns) }
  }
  const text = replicasTable([replicated(1, 1, 2, 1.25), replicated(2, 1.1, 2.5, 1.5)])
  assert.deepStrictEqual(text.split("\n").slice(2), [
    "| 1 | 500 | 1.25 | 1.00 × | 1.00 to 1.00 | 2.00 × | 50 | 100 | 0.30 | – | – | – × |",
    "| 2 | 500 | 1.50 | 1.20 × | 1.10 to 1.25 | 2.50 × | 50 | 100 | 0.30 | – | – | – × |"
  ])
})
