import type { Profiled } from "./profileTurn.ts"
import { digits, table } from "./table.ts"

type Weights = ReadonlyArray<readonly [name: string, weight: number]>

/** Time in which nothing ran. */
const idle = "(idle)"

const weights = (head: string, unit: string, rows: Weights, total: number): string =>
  table(
    [head, unit, "share"],
    [...rows, ["all", total] as const].map(([name, weight]) => [
      name,
      digits(weight, 3),
      `${digits((weight / total) * 100, 1)} %`
    ])
  )

const sum = (rows: Weights) => rows.reduce((sum, [, weight]) => sum + weight, 0)

/** CPU and allocations of one communication by part, and the functions that take most, on the main thread. */
export const profileReport = (profiled: Profiled): string => {
  const cpu = profiled.cpu.filter(([name]) => name !== idle)
  const functions = profiled.functions.filter(([name]) => !name.startsWith(idle))
  return [
    weights("part", "CPU ms", cpu, sum(cpu)),
    weights("function (self time)", "CPU ms", functions, sum(cpu)),
    weights("part", "KiB allocated", profiled.allocations, sum(profiled.allocations)),
    weights("function (itself)", "KiB allocated", profiled.allocators, sum(profiled.allocations))
  ].join("\n\n")
}
