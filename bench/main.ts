import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"

import { BenchFailed } from "./child.ts"
import { compare } from "./compare.ts"
import { flags } from "./flags.ts"
import { problemsOf } from "./Options.ts"
import { comparison, eventsTable } from "./report.ts"
import { makeTell } from "./tell.ts"

const bench = Command.make(
  "bench",
  flags,
  Effect.fnUntraced(function* ({ json, ...options }) {
    const { DATABASE_URL, KAFKA_BROKERS } = process.env
    const problems = problemsOf(options, { DATABASE_URL, KAFKA_BROKERS })
    if (problems.length > 0) return yield* new BenchFailed({ message: problems.join("\n") })
    const tell = yield* makeTell
    const result = yield* compare(options, tell)
    if (json) return yield* Console.log(JSON.stringify({ options, ...result }, null, 2))
    yield* Console.log(`\n${comparison(result.subjects)}\n`)
    if (options.events > 0) yield* Console.log(`${eventsTable(result.subjects)}\n`)
    yield* Console.log(`Requests of one communication: ${JSON.stringify(result.requests)}`)
  })
).pipe(
  Command.withDescription("What the service costs, beside the least that does the same requests"),
  Command.withExamples([{ command: "npm run bench -- --turns 3", description: "medians of three turns" }])
)

NodeRuntime.runMain(Command.run(bench, { version: "1" }).pipe(Effect.provide(NodeServices.layer)))
