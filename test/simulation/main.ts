import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"

import { safeguards } from "./safeguards/list.ts"
import { withoutEach } from "./safeguards/without.ts"
import { boundaries, outcomes, replay, type Run, seeds, type Series } from "./series.ts"

const flags = {
  seed: Flag.Int("seed").pipe(
    Flag.withDescription("seed of the first run; the following runs have the following seeds"),
    Flag.withDefault(1)
  ),
  runs: Flag.Int("runs").pipe(Flag.withDescription("how many runs"), Flag.withDefault(1000)),
  first: Flag.Boolean("first").pipe(
    Flag.withDescription("end at the first run that breaks a promise"),
    Flag.withDefault(false)
  ),
  boundaries: Flag.Boolean("boundaries").pipe(
    Flag.withDescription("each seed as often as its first process has boundaries, with a death at each in turn"),
    Flag.withDefault(false)
  ),
  crash: Flag.Int("crash").pipe(
    Flag.withDescription("one run, whose first process dies at that boundary (0: never)"),
    Flag.optional
  ),
  safeguards: Flag.Boolean("safeguards").pipe(
    Flag.withDescription("copies of the code, each without one safeguard, until a promise breaks (docs/simulation.md)"),
    Flag.withDefault(false)
  )
}

interface Options {
  readonly seed: number
  readonly runs: number
  readonly first: boolean
  readonly boundaries: boolean
  readonly crash: Option.Option<number>
  readonly safeguards: boolean
}

const seriesOf = ({ boundaries: each, crash, runs, seed }: Options): Series => {
  if (Option.isSome(crash)) return [{ seed, crash: crash.value }]
  return each ? boundaries(seed, runs) : seeds(seed, runs)
}

const nameOf = ({ crash, seed }: Run) => (crash === undefined ? `${seed}` : `${seed} --crash ${crash}`)

/** Runs between two lines of progress. */
const batch = 250

const runAll = Effect.fnUntraced(function* (options: Options) {
  const began = performance.now()
  const failed: Array<Run> = []
  let done = 0
  const progress = Effect.suspend(() => {
    const rate = (1000 * done) / (performance.now() - began)
    return Console.log(`${done} runs, ${rate.toFixed(1)} runs/s, failed: ${failed.map(nameOf).join(", ") || "none"}`)
  })
  for (const { outcome, run } of outcomes(seriesOf(options))) {
    done++
    if (outcome.violations.length > 0) failed.push(run)
    if (options.first && failed.length > 0) break
    if (done % batch === 0) yield* progress
    // A run is synchronous: between two of them a signal is heard.
    yield* Effect.yieldNow
  }
  if (done % batch !== 0) yield* progress
  return { done, failed }
})

/** A failing run, told so that it can be read. */
const tell = Effect.fnUntraced(function* (run: Run) {
  const { story, violations } = replay(run)
  yield* Console.log(`\nSeed ${nameOf(run)}, as it happened (times of its virtual clock):`)
  for (const line of story) yield* Console.log(`  ${line}`)
  yield* Console.log(`\nSeed ${nameOf(run)} breaks:`)
  for (const violation of violations) yield* Console.log(`  ${violation}`)
})

/** A row of the table in docs/simulation.md for each safeguard; false when one was not missed. */
const removeSafeguards = (options: Options) =>
  Effect.sync(() => {
    let missed = true
    withoutEach(safeguards, options, ({ name, runs, seed, violation }) => {
      missed &&= seed !== undefined
      process.stdout.write(`| ${name} | ${seed ?? "none"} | ${runs} | ${violation} |\n`)
    })
    return missed
  })

const fail = Effect.sync(() => {
  process.exitCode = 1
})

const simulate = Command.make(
  "simulate",
  flags,
  Effect.fnUntraced(function* (options) {
    if (options.safeguards) return (yield* removeSafeguards(options)) ? undefined : yield* fail
    const { done, failed } = yield* runAll(options)
    const [worst] = failed
    if (worst === undefined) return yield* Console.log("No promise was broken.")
    yield* tell(worst)
    yield* Console.log(`\nFailed after ${done} runs: seed ${failed.map(nameOf).join(", ")}`)
    yield* Console.log(
      `Again: npm run simulate -- --seed ${nameOf(worst)}${worst.crash === undefined ? " --runs 1" : ""}`
    )
    return yield* fail
  })
).pipe(
  Command.withDescription(
    "Runs the whole service on a virtual clock through trouble that a seed decides, and checks its promises (SPEC 9.3)"
  ),
  Command.withExamples([{ command: "npm run simulate -- --seed 42 --runs 1", description: "one run, again" }])
)

NodeRuntime.runMain(Command.run(simulate, { version: "1" }).pipe(Effect.provide(NodeServices.layer)))
