import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Clock, Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"

import { kinds } from "./Injection.ts"
import { enterOwnNetwork } from "./network.ts"
import { findingsTable, recoveryTable } from "./report.ts"
import { runChaos } from "./run.ts"

const flags = {
  minutes: Flag.Int("minutes").pipe(
    Flag.withDescription("how long traffic and faults last; then everything has to become quiet"),
    Flag.withDefault(10)
  ),
  seed: Flag.Int("seed").pipe(Flag.withDescription("of the traffic and of the faults"), Flag.withDefault(1)),
  rate: Flag.Int("rate").pipe(Flag.withDescription("communications that begin in a second"), Flag.withDefault(4))
}

const pace = { stopped: 60_000, cut: 30_000, serviceNowAway: 20_000, rest: [5000, 15_000] } as const

const chaos = Command.make(
  "chaos",
  flags,
  Effect.fnUntraced(function* ({ minutes, rate, seed }) {
    const began = yield* Clock.currentTimeMillis
    const tell = (line: string) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Console.error(`${((now - began) / 1000).toFixed(0).padStart(5)} s  ${line}`)
      )
    const outcome = yield* runChaos({ seed, rate, tell, pace, kinds, lasts: minutes * 60_000 })
    const { communications, directory, findings, records, recoveries, service, story, violations } = outcome
    yield* Console.log(`\nSeed ${seed}, ${minutes} minutes: ${communications} communications, ${records} records\n`)
    yield* Console.log(recoveryTable(recoveries))
    yield* Console.log("\nSeconds, median / longest.\n")
    yield* Console.log(findingsTable(findings, service))
    if (violations.length === 0) return yield* Console.log("\nNothing was lost, nothing doubled.")
    for (const line of story) yield* Console.log(line)
    yield* Console.log(`\nBroken (logs in ${directory}):`)
    for (const violation of violations) yield* Console.log(`  ${violation}`)
    yield* Effect.sync(() => {
      process.exitCode = 1
    })
  })
).pipe(
  Command.withDescription(
    "Runs three replicas on their own three brokers, Postgres with a standby and vendors under load, with seeded faults, and reports what was lost or done twice"
  ),
  Command.withExamples([{ command: "npm run chaos -- --minutes 10 --seed 7", description: "ten minutes" }])
)

if (!enterOwnNetwork())
  NodeRuntime.runMain(Command.run(chaos, { version: "1" }).pipe(Effect.provide(NodeServices.layer)))
