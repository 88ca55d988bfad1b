import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"

import { reportStart } from "../src/lifecycle.ts"
import { BenchFailed } from "./child.ts"
import { compare } from "./compare.ts"
import { eventsTable, requestsLine } from "./eventsReport.ts"
import { flags } from "./flags.ts"
import { growth, growthTable } from "./growth.ts"
import { indexTable } from "./indexReport.ts"
import { numbersOf, type Options, problemsOf } from "./Options.ts"
import { outage, outageTable } from "./outage.ts"
import { profileReport } from "./profileReport.ts"
import { profileTurn } from "./profileTurn.ts"
import { replicasTable } from "./replicasReport.ts"
import { comparison } from "./report.ts"
import { makeTell } from "./tell.ts"

interface Wanted {
  readonly growth: boolean
  readonly outage: boolean
  readonly sizes: ReadonlyArray<number>
}

/** The requested tables. If none is requested, the comparison. */
const measure = Effect.fnUntraced(function* (options: Options, wanted: Wanted) {
  const tell = yield* makeTell
  const only = wanted.growth || wanted.outage
  const compared = only ? undefined : yield* compare(options, tell)
  const profiled = options.profile ? yield* profileTurn(options, tell) : undefined
  const grown = wanted.growth ? yield* growth(options, wanted.sizes, tell) : undefined
  const suffered = wanted.outage ? yield* outage(options, tell) : undefined
  return { compared, profiled, grown, suffered }
})

const bench = Command.make(
  "bench",
  flags,
  Effect.fnUntraced(function* ({ growth, json, outage, replicas, sizes, ...others }) {
    const { DATABASE_URL, KAFKA_BROKERS } = process.env
    const problems = problemsOf({ ...others, replicas, sizes }, { DATABASE_URL, KAFKA_BROKERS })
    if (problems.length > 0) return yield* new BenchFailed({ message: problems.join("\n") })
    const options: Options = { ...others, replicas: numbersOf(replicas) }
    const { compared, grown, profiled, suffered } = yield* measure(options, { growth, outage, sizes: numbersOf(sizes) })
    if (json) return yield* Console.log(JSON.stringify({ options, compared, profiled, grown, suffered }, null, 2))
    const tables = [
      compared && comparison(compared.subjects),
      compared?.index && indexTable(compared.index),
      compared && options.events > 0 && eventsTable(compared.subjects),
      compared && compared.replicas.length > 1 && replicasTable(compared.replicas),
      compared && requestsLine(compared.requests),
      profiled && profileReport(profiled),
      grown && growthTable(grown),
      suffered && outageTable(suffered)
    ]
    yield* Console.log(tables.filter((text) => typeof text === "string").join("\n\n"))
  })
).pipe(
  Command.withDescription("What the service costs, beside the least that does the same requests"),
  Command.withExamples([{ command: "npm run bench -- --turns 3", description: "medians of three turns" }])
)

const main = Command.run(bench, { version: "1" }).pipe(Effect.provide(NodeServices.layer), reportStart)

NodeRuntime.runMain(main, { disableErrorReporting: true })
