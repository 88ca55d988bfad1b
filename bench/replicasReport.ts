import type { Summary } from "./report.ts"
import { median } from "./statistics.ts"
import { digits, type Row, table } from "./table.ts"
import type { Turn } from "./turn.ts"

/** The results of the service with this many processes. */
export interface Replicated extends Summary {
  readonly processes: number
  readonly turns: ReadonlyArray<Turn>
}

/** CPU relative to that of the first row in the same turn: of communications, and of events. */
const toFirst = ({ turns }: Replicated, first: Replicated | undefined) => {
  const ratios = (of: (turn: Turn) => number) =>
    turns.map((turn, at) => {
      const beside = first?.turns[at]
      return of(turn) / (beside === undefined ? Number.NaN : of(beside))
    })
  const communications = ratios(({ fullSpeed }) => fullSpeed.cpu.subject)
  return {
    ratio: median(communications),
    least: Math.min(...communications),
    most: Math.max(...communications),
    events: median(ratios(({ events }) => events?.cpu.subject ?? Number.NaN))
  }
}

/** Throughput and CPU of one, two, three processes. A row shows all of its processes together, in turns of one run. */
export const replicasTable = (all: ReadonlyArray<Replicated>): string => {
  const row = (one: Replicated): Row => {
    const { events, least, most, ratio } = toFirst(one, all[0])
    return [
      String(one.processes),
      digits(one.fullSpeed.rate),
      digits(one.fullSpeed.cpu, 2),
      `${digits(ratio, 2)} ×`,
      `${digits(least, 2)} to ${digits(most, 2)}`,
      `${digits(one.ratio, 2)} ×`,
      digits(one.halfLoad.p50),
      digits(one.halfLoad.p99),
      digits(one.fullSpeed.postgresCpu, 2),
      digits(one.events.rate),
      digits(one.events.cpu, 2),
      `${digits(events, 2)} ×`
    ]
  }
  return table(
    [
      "processes",
      "communications/s",
      "CPU ms each",
      "to the first",
      "in the turns",
      "to bare loop",
      "p50 ms",
      "p99 ms",
      "Postgres ms",
      "events/s",
      "CPU ms an event",
      "to the first"
    ],
    all.map(row)
  )
}
