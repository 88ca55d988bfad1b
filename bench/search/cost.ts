import { parseArgs } from "node:util"

import { Effect } from "effect"

import { type Child, startChild } from "../child.ts"
import { startDatabase } from "../database.ts"
import { median } from "../statistics.ts"
import { digits, table } from "../table.ts"
import { cpuMillis } from "../usage.ts"

const { values } = parseArgs({
  options: {
    communications: { type: "string", default: "2000" },
    "warm-up": { type: "string", default: "5000" },
    turns: { type: "string", default: "9" }
  }
})
const [communications, warmUp, turns] = [values.communications, values["warm-up"], values.turns].map(Number) as [
  number,
  number,
  number
]
const tell = (text: string) => void process.stderr.write(`${text}\n`)

const written = (child: Child, first: number, many: number) =>
  Effect.callback<void>((resume) => {
    child.listen(() => resume(Effect.void))
    child.send({ first, many })
  })

/** Starts one process that appends to a database of its own. `preload` runs before it. */
const startWriter = Effect.fnUntraced(function* (preload: ReadonlyArray<string>) {
  const database = yield* startDatabase("postgres")
  const child = yield* startChild([...preload, "bench/search/appends.ts"], database.environment)
  const write = Effect.fnUntraced(function* (first: number, many: number) {
    const [own, postgres] = [cpuMillis(child.pid), yield* database.cpu]
    yield* Effect.raceFirst(written(child, first, many), child.ended)
    return { own: (cpuMillis(child.pid) - own) / many, postgres: ((yield* database.cpu) - postgres) / many }
  })
  yield* write(0, warmUp)
  return { write, hot: database.hot }
})

const main = Effect.gen(function* () {
  const indexed = yield* startWriter([])
  const unindexed = yield* startWriter(["--import", "./bench/search/without/preload.ts"])
  const shown: Array<{ readonly with: Cost; readonly without: Cost }> = []
  for (let turn = 0; turn < turns; turn++) {
    const first = warmUp + turn * communications
    shown.push({
      with: yield* indexed.write(first, communications),
      without: yield* unindexed.write(first, communications)
    })
    tell(JSON.stringify(shown.at(-1)))
  }
  const row = (name: string, of: (cost: Cost) => number) => {
    const differences = shown.map((turn) => of(turn.with) - of(turn.without))
    const mid = (cost: "with" | "without") => digits(median(shown.map((turn) => of(turn[cost]))), 3)
    const range = `${digits(Math.min(...differences), 2)} to ${digits(Math.max(...differences), 2)}`
    return [name, mid("with"), mid("without"), digits(median(differences), 3), range]
  }
  const rows = [
    row("process", ({ own }) => own),
    row("Postgres", ({ postgres }) => postgres),
    row("both", ({ own, postgres }) => own + postgres)
  ]
  const head = ["CPU ms of a communication's six appends", "with the index", "without", "the index", "in the turns"]
  const hot = `HOT updates of communications: ${yield* indexed.hot} with the index, ${yield* unindexed.hot} without`
  process.stdout.write(`${table(head, rows)}\n\n${hot}\n`)
})

interface Cost {
  readonly own: number
  readonly postgres: number
}

/**
 * `node bench/search/cost.ts [--communications N] [--warm-up N] [--turns N]`: measures what the appends of a
 * communication cost with the search index and without it, in two processes that take turns, on `DATABASE_URL`.
 */
await Effect.runPromise(Effect.scoped(main))
