import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"

import { safeguards } from "./safeguards/list.ts"
import { rowOf, writeRows } from "./safeguards/table.ts"
import { type Finding, withoutEach } from "./safeguards/without.ts"
import { type SimulatedInstance, simulatedInstances } from "./scenario/onInstance.ts"
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
  instance: Flag.Literals("instance", simulatedInstances).pipe(
    Flag.withDescription("every run on this named ServiceNow (simulators/README.md), instead of the one of its seed"),
    Flag.optional
  ),
  two: Flag.Boolean("two").pipe(
    Flag.withDescription("two processes beside each other in every run"),
    Flag.withDefault(false)
  ),
  safeguards: Flag.Boolean("safeguards").pipe(
    Flag.withDescription("copies of the code, each without one safeguard, until a promise breaks (docs/simulation.md)"),
    Flag.withDefault(false)
  ),
  only: Flag.String("only").pipe(
    Flag.withDescription("of the safeguards, those whose name has this text"),
    Flag.withDefault("")
  ),
  write: Flag.Boolean("write").pipe(
    Flag.withDescription("puts what was found without the safeguards into docs/simulation.md"),
    Flag.withDefault(false)
  )
}

interface Options {
  readonly seed: number
  readonly runs: number
  readonly first: boolean
  readonly boundaries: boolean
  readonly crash: Option.Option<number>
  readonly instance: Option.Option<SimulatedInstance>
  readonly two: boolean
  readonly safeguards: boolean
  readonly only: string
  readonly write: boolean
}

const seriesOf = ({ boundaries: each, crash, instance, runs, seed, two }: Options): Series => {
  const more = { ...(Option.isSome(instance) && { instance: instance.value }), ...(two && { two }) }
  if (Option.isSome(crash)) return [{ ...more, seed, crash: crash.value }]
  return each ? boundaries(seed, runs, more) : seeds(seed, runs, more)
}

const nameOf = ({ crash, instance, seed, two }: Run) =>
  [
    String(seed),
    ...(crash === undefined ? [] : [`--crash ${crash}`]),
    ...(instance === undefined ? [] : [`--instance ${instance}`]),
    ...(two === true ? ["--two"] : [])
  ].join(" ")

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
    // A run is synchronous, so signals are handled between two runs.
    yield* Effect.yieldNow
  }
  if (done % batch !== 0) yield* progress
  return { done, failed }
})

/** Prints the story of a failing run. */
const tell = Effect.fnUntraced(function* (run: Run) {
  const { story, violations } = replay(run)
  yield* Console.log(`\nSeed ${nameOf(run)}, as it happened (times of its virtual clock):`)
  for (const line of story) yield* Console.log(`  ${line}`)
  yield* Console.log(`\nSeed ${nameOf(run)} breaks:`)
  for (const violation of violations) yield* Console.log(`  ${violation}`)
})

/** Prints a row of the table in docs/simulation.md for each safeguard. Returns false if a run without a safeguard found nothing. */
const removeSafeguards = (options: Options) =>
  Effect.sync(() => {
    const findings: Array<Finding> = []
    const wanted = safeguards.filter(({ name }) => name.includes(options.only))
    withoutEach(wanted, options, (finding) => {
      findings.push(finding)
      process.stdout.write(`${rowOf(finding)}\n`)
    })
    if (options.write) writeRows(findings)
    return findings.every(({ seed }) => seed !== undefined)
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
    "Runs the whole service on a virtual clock with seeded faults, and checks its promises (SPEC 9.3)"
  ),
  Command.withExamples([{ command: "npm run simulate -- --seed 42 --runs 1", description: "one run, again" }])
)

NodeRuntime.runMain(Command.run(simulate, { version: "1" }).pipe(Effect.provide(NodeServices.layer)))
