import type { Phase } from "./phase.ts"
import { median } from "./statistics.ts"
import type { SubjectName } from "./subject.ts"
import { digits, type Row, table } from "./table.ts"
import type { Turn } from "./turn.ts"
import type { Memory } from "./usage.ts"

/** The names in the tables. */
export const names: Readonly<Record<SubjectName, string>> = {
  service: "service",
  traced: "service, exporting all telemetry",
  unindexed: "service without a search index",
  restate: "Restate",
  bare: "bare loop"
}

const mid = (turns: ReadonlyArray<Turn>, of: (turn: Turn) => number) => median(turns.map(of))

interface Shown {
  readonly turns: ReadonlyArray<Turn>
  readonly memory: Memory
  readonly exported: number | undefined
}

/** The medians of a subject's turns, and the ratio of its CPU to that of the bare loop in each. */
export const summary = ({ exported, memory, turns }: Shown, bare: ReadonlyArray<Turn>) => {
  const ratios = turns.map(
    ({ fullSpeed }, at) => fullSpeed.cpu.subject / (bare[at]?.fullSpeed.cpu.subject ?? Number.NaN)
  )
  const phase = (of: (turn: Turn) => Phase | undefined) => {
    const value = (figure: (phase: Phase) => number) =>
      mid(turns, (turn) => {
        const shown = of(turn)
        return shown === undefined ? Number.NaN : figure(shown)
      })
    return {
      rate: value(({ rate }) => rate),
      p50: value(({ p50 }) => p50),
      p95: value(({ p95 }) => p95),
      p99: value(({ p99 }) => p99),
      cpu: value(({ cpu }) => cpu.subject),
      vendorsCpu: value(({ cpu }) => cpu.vendors),
      postgresCpu: value(({ cpu }) => cpu.postgres),
      driverCpu: value(({ cpu }) => cpu.driver)
    }
  }
  return {
    fullSpeed: phase(({ fullSpeed }) => fullSpeed),
    halfLoad: phase(({ halfLoad }) => halfLoad),
    events: phase(({ events }) => events),
    eventsHalfLoad: phase(({ eventsHalfLoad }) => eventsHalfLoad),
    ratio: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    peak: memory.peak,
    end: memory.now,
    exported: exported ?? Number.NaN
  }
}

export type Summary = ReturnType<typeof summary>

/** Subjects beside each other, and the service as a multiple of the bare loop. */
export const comparison = (subjects: ReadonlyArray<readonly [SubjectName, Summary]>): string => {
  const row = ([name, it]: readonly [SubjectName, Summary]): Row => [
    names[name],
    digits(it.fullSpeed.rate),
    digits(it.fullSpeed.cpu, 2),
    `${digits(it.ratio, 2)} ×`,
    `${digits(it.least, 2)} to ${digits(it.most, 2)}`,
    digits(it.halfLoad.p50),
    digits(it.halfLoad.p95),
    digits(it.halfLoad.p99),
    digits(it.peak),
    digits(it.end),
    digits(it.fullSpeed.postgresCpu, 2),
    digits(it.fullSpeed.vendorsCpu, 2),
    digits(it.fullSpeed.driverCpu, 2)
  ]
  return table(
    [
      "subject",
      "communications/s",
      "CPU ms each",
      "to bare loop",
      "in the turns",
      "p50 ms",
      "p95 ms",
      "p99 ms",
      "RSS peak MiB",
      "RSS end MiB",
      "Postgres ms",
      "vendors ms",
      "driver ms"
    ],
    subjects.map(row)
  )
}
