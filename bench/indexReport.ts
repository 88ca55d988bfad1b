import type { Phase } from "./phase.ts"
import { median } from "./statistics.ts"
import type { SubjectName } from "./subject.ts"
import { digits, table } from "./table.ts"
import type { Turn } from "./turn.ts"

interface Shown {
  readonly subject: SubjectName
  readonly turns: ReadonlyArray<Turn>
}

/** CPU of the process and of Postgres, milliseconds. */
const both = ({ cpu }: Phase) => cpu.subject + cpu.postgres

/** What the search index costs in each phase: the service beside the same without the index, turn by turn. */
export const indexCost = (shown: ReadonlyArray<Shown>) => {
  const turnsOf = (wanted: SubjectName) => shown.find(({ subject }) => subject === wanted)?.turns
  const [indexed, unindexed] = [turnsOf("service"), turnsOf("unindexed")]
  if (indexed === undefined || unindexed === undefined) return undefined
  const phase = (name: string, of: (turn: Turn) => Phase | undefined) => {
    const [those, others] = [indexed.flatMap((turn) => of(turn) ?? []), unindexed.flatMap((turn) => of(turn) ?? [])]
    const ratios = those.map((one, at) => both(one) / both(others[at] ?? one))
    const mean = (phases: ReadonlyArray<Phase>, value: (phase: Phase) => number) =>
      phases.reduce((sum, one) => sum + value(one), 0) / phases.length
    const side = (phases: ReadonlyArray<Phase>) => ({
      subject: mean(phases, ({ cpu }) => cpu.subject),
      postgres: mean(phases, ({ cpu }) => cpu.postgres)
    })
    return {
      name,
      indexed: side(those),
      unindexed: side(others),
      ofMeans: mean(those, both) / mean(others, both),
      ratio: median(ratios),
      ratios
    }
  }
  return [
    phase("communications at full speed", ({ fullSpeed }) => fullSpeed),
    phase("communications at half load", ({ halfLoad }) => halfLoad),
    ...(indexed.some(({ events }) => events) ? [phase("events at full speed", ({ events }) => events)] : [])
  ]
}

type IndexCost = NonNullable<ReturnType<typeof indexCost>>

export const indexTable = (phases: IndexCost): string =>
  table(
    [
      "with and without the index",
      "CPU ms each",
      "without",
      "Postgres ms",
      "without",
      "times, of the means",
      "times, median of the turns",
      "in the turns"
    ],
    phases.map(({ indexed, name, ofMeans, ratio, ratios, unindexed }) => [
      name,
      digits(indexed.subject, 3),
      digits(unindexed.subject, 3),
      digits(indexed.postgres, 3),
      digits(unindexed.postgres, 3),
      digits(ofMeans, 3),
      digits(ratio, 3),
      `${digits(Math.min(...ratios), 2)} to ${digits(Math.max(...ratios), 2)}`
    ])
  )
