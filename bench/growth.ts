import { Effect } from "effect"

import type { Options } from "./Options.ts"
import { ordersFrom, runPhase } from "./phase.ts"
import { checkVendors, prepare } from "./prepare.ts"
import { digits, table } from "./table.ts"
import type { Tell } from "./tell.ts"
import { startWorld } from "./world.ts"

/** The state of the service after this many communications. */
interface Grown {
  readonly communications: number
  /** Communications in a second, since the size before. */
  readonly rate: number
  /** Milliseconds for each communication, since the size before. */
  readonly cpu: number
  /** MiB. */
  readonly memory: number
  /** KiB of database for each communication, of all. */
  readonly database: number
}

/** Runs one process from size to size. The warm-up is the first of them. */
export const growth = Effect.fnUntraced(function* (options: Options, sizes: ReadonlyArray<number>, tell: Tell) {
  const stage = { subject: "service", options, tell } as const
  const world = yield* startWorld(stage)
  const ascending = [...sizes].sort((a, b) => a - b)
  yield* prepare(world, stage, options.warmUp + (ascending.at(-1) ?? 0))
  const empty = yield* world.database.size
  const rows: Array<Grown> = []
  let done = 0
  for (const size of ascending) {
    const orders = ordersFrom(options.warmUp + done, size - done)
    const { cpu, rate } = yield* runPhase(world, `growth to ${size}`, "TOPIC_IN", orders)
    done = size
    rows.push({
      communications: size,
      rate,
      cpu: cpu.subject,
      memory: (yield* world.memory).now,
      database: ((yield* world.database.size) - empty) / size / 1024
    })
    yield* tell(`growth: ${size}, ${cpu.subject.toFixed(2)} ms CPU each`)
  }
  yield* checkVendors(world, options.warmUp + done)
  return rows
}, Effect.scoped)

export const growthTable = (rows: ReadonlyArray<Grown>): string =>
  table(
    ["communications so far", "communications/s", "CPU ms each", "RSS MiB", "database KiB each"],
    rows.map((it) => [
      String(it.communications),
      digits(it.rate),
      digits(it.cpu, 2),
      digits(it.memory),
      digits(it.database, 2)
    ])
  )
