import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"

import { safeguards } from "./safeguards/list.ts"
import { withoutEach } from "./safeguards/without.ts"
import { replay, runSeries } from "./series.ts"

const seed = Flag.Int("seed").pipe(
  Flag.withDescription("seed of the first run; the following runs have the following seeds"),
  Flag.withDefault(1)
)

const runs = Flag.Int("runs").pipe(Flag.withDescription("how many runs"), Flag.withDefault(1000))

const first = Flag.Boolean("first").pipe(
  Flag.withDescription("end at the first run that breaks a promise"),
  Flag.withDefault(false)
)

const without = Flag.Boolean("safeguards").pipe(
  Flag.withDescription(
    "runs copies of the code, each without one safeguard, until a promise breaks (docs/simulation.md)"
  ),
  Flag.withDefault(false)
)

/** Runs between two lines of progress. */
const batch = 250

interface Tally {
  readonly done: number
  readonly failed: ReadonlyArray<number>
}

const runAll = Effect.fnUntraced(function* (options: {
  readonly seed: number
  readonly runs: number
  readonly first: boolean
}) {
  const began = performance.now()
  let tally: Tally = { done: 0, failed: [] }
  while (tally.done < options.runs && !(options.first && tally.failed.length > 0)) {
    const { done, failed } = tally
    const count = Math.min(options.first ? 1 : batch, options.runs - done)
    const more = runSeries({ seed: options.seed + done, runs: count })
    tally = { done: done + count, failed: [...failed, ...more.map((outcome) => outcome.seed)] }
    if (tally.done % batch === 0 || tally.done === options.runs) {
      const rate = (1000 * tally.done) / (performance.now() - began)
      yield* Console.log(
        `${tally.done} of ${options.runs} runs, ${rate.toFixed(1)} runs/s, failed: ${tally.failed.join(", ") || "none"}`
      )
    }
  }
  return tally
})

/** The first failing run, told so that it can be read. */
const tell = Effect.fnUntraced(function* (seed: number) {
  const { story, violations } = replay(seed)
  yield* Console.log(`\nSeed ${seed}, as it happened (times of its virtual clock):`)
  for (const line of story) yield* Console.log(`  ${line}`)
  yield* Console.log(`\nSeed ${seed} breaks:`)
  for (const violation of violations) yield* Console.log(`  ${violation}`)
})

/** A row of the table in docs/simulation.md for each safeguard; false when one was not missed. */
const removeSafeguards = (options: { readonly seed: number; readonly runs: number }) =>
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
  { first, runs, safeguards: without, seed },
  Effect.fnUntraced(function* (options) {
    if (options.safeguards) return (yield* removeSafeguards(options)) ? undefined : yield* fail
    const { done, failed } = yield* runAll(options)
    const [worst] = failed
    if (worst === undefined) return yield* Console.log("No promise was broken.")
    yield* tell(worst)
    yield* Console.log(`\nFailed after ${done} runs: seed${failed.length > 1 ? "s" : ""} ${failed.join(", ")}`)
    yield* Console.log(`Again: npm run simulate -- --seed ${worst} --runs 1`)
    yield* fail
  })
).pipe(
  Command.withDescription(
    "Runs the whole service on a virtual clock through trouble that a seed decides, and checks its promises (SPEC 9.3)"
  ),
  Command.withExamples([{ command: "npm run simulate -- --seed 42 --runs 1", description: "one run, again" }])
)

NodeRuntime.runMain(Command.run(simulate, { version: "1" }).pipe(Effect.provide(NodeServices.layer)))
