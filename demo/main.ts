import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Clock, Console, Data, Effect, Logger, Option, References, Schema } from "effect"
import { Command, Flag } from "effect/cli"

import manifest from "../package.json" with { type: "json" }
import { formatLine } from "../src/telemetry/logs.ts"
import { customers } from "./answers.ts"
import { audit } from "./audit.ts"
import { letCustomersAnswer } from "./customers.ts"
import { leaveWork } from "./leftovers.ts"
import { showRecord } from "./oneRecord.ts"
import { isAsExpected, printAudit, printCustomers, printTable, printTimeline } from "./report.ts"
import { minimum, scenarios } from "./scenario.ts"
import { runStream } from "./stream.ts"
import { startWorld } from "./world.ts"

class NotAsExpected extends Data.TaggedError("NotAsExpected") {
  override readonly message = "not everything came out as expected"
}

const flags = {
  count: Flag.Int("count").pipe(
    Flag.withDescription(`Records in the stream, ${minimum} or more`),
    Flag.withSchema(
      Schema.Int.check(
        Schema.isBetween(
          { minimum, maximum: 100_000 },
          { message: `expected a whole number from ${minimum} to 100000` }
        )
      )
    ),
    Flag.withDefault(200)
  ),
  keep: Flag.Boolean("keep").pipe(
    Flag.withDescription("Leave the service and its console up until Ctrl+C"),
    Flag.withDefault(false)
  ),
  port: Flag.Int("port").pipe(
    Flag.withDescription("Where the console is, with --keep"),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }))),
    Flag.withDefault(8080)
  ),
  record: Flag.File("record", { mustExist: true }).pipe(
    Flag.withDescription("A file with one more record, and show all that came of it"),
    Flag.optional
  ),
  logs: Flag.Boolean("logs").pipe(
    Flag.withDescription("Show the service's own log lines, on stderr"),
    Flag.withDefault(false)
  )
}

const shown = ["Weni answers 503 twice", "Case created, answer lost", "Weni does not answer"]

interface Options {
  readonly count: number
  readonly keep: boolean
  readonly port: number
  readonly record: Option.Option<string>
}

const show = Effect.fnUntraced(function* ({ count, keep, port, record }: Options) {
  const started = yield* Clock.currentTimeMillis
  const seconds = Effect.map(Clock.currentTimeMillis, (now) => `${((now - started) / 1000).toFixed(1)} s`)
  yield* Console.log(
    "brom-ctx demo: Kafka in memory, Postgres embedded, a strict ServiceNow and Weni simulated over HTTP\n"
  )
  const world = yield* startWorld(keep ? port : undefined)
  yield* Console.log(`  ServiceNow ${world.servers.serviceNow}   Weni ${world.servers.weni}   up in ${yield* seconds}`)

  const stream = scenarios(count)
  const outcomes = yield* runStream(world, stream)
  yield* printTable(outcomes)

  yield* Console.log("\n  and the customers answer, the last one when the desk is closed\n")
  const people = customers(stream)
  const answered = yield* letCustomersAnswer(world, people)
  yield* printCustomers(answered)
  const checks = yield* audit(world, stream, people)
  yield* printAudit(checks)
  for (const name of shown) {
    const outcome = outcomes.find(({ scenario }) => scenario.name === name)
    if (outcome !== undefined) yield* printTimeline(world, name, outcome.scenario.id)
  }
  for (const { name, scenario } of people.filter(({ atNight }) => atNight === true)) {
    yield* printTimeline(world, name, scenario.id)
  }
  yield* Console.log(`\n  ${count} records in ${yield* seconds}`)
  const good =
    checks.every(({ kept }) => kept) &&
    outcomes.every(({ actual, scenario }) => actual === scenario.expected) &&
    answered.every(isAsExpected)
  if (keep) yield* leaveWork(world, count)
  if (Option.isSome(record)) yield* showRecord(world, record.value, keep ? port : undefined)
  if (keep) {
    yield* Console.log(`\n  the console: http://127.0.0.1:${port}/   (Ctrl+C ends it)`)
    yield* Effect.never
  }
  if (!good) return yield* new NotAsExpected()
})

const demo = Command.make("demo", flags, ({ logs, ...options }) =>
  Effect.scoped(show(options)).pipe(
    Effect.provide(Logger.layer(logs ? [Logger.withConsoleError(formatLine)] : [])),
    Effect.provideService(References.MinimumLogLevel, "Info")
  )
).pipe(
  Command.withDescription("A mixed stream of business events, from Kafka to Case, WhatsApp and response"),
  Command.withExamples([
    { command: "npm run demo -- --count 1000", description: "A longer stream" },
    { command: "npm run demo -- --keep", description: "The console on the demo's data" },
    { command: "npm run demo -- --record demo/order.json", description: "One record of your own" }
  ])
)

NodeRuntime.runMain(Command.run(demo, { version: manifest.version }).pipe(Effect.provide(NodeServices.layer)))
