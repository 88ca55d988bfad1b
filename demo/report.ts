import { Console, Effect } from "effect"

import type { Check } from "./audit.ts"
import { timeline } from "./timeline.ts"
import type { Outcome } from "./verdict.ts"
import { tally } from "./verdict.ts"
import type { World } from "./world.ts"

const mark = (good: boolean) => (good ? "ok  " : "FAIL")

/** The stream by kind of record: how many, what was expected, how many came out so. */
export const printTable = Effect.fnUntraced(function* (outcomes: ReadonlyArray<Outcome>) {
  yield* Console.log(`\n  ${"record".padEnd(30)}${"count".padStart(6)}   response`)
  for (const { asExpected, count, expected, name } of tally(outcomes)) {
    const good = asExpected === count
    yield* Console.log(
      `  ${name.padEnd(30)}${String(count).padStart(6)}   ${mark(good)} ${expected}${good ? "" : ` (only ${asExpected})`}`
    )
  }
  for (const { actual, scenario } of outcomes.filter((one) => one.actual !== one.scenario.expected).slice(0, 10)) {
    yield* Console.log(`  unexpected: ${scenario.name} (${scenario.id}): ${actual}`)
  }
})

/** The promises against the vendors' own books. */
export const printAudit = Effect.fnUntraced(function* (checks: ReadonlyArray<Check>) {
  yield* Console.log("")
  for (const { found, kept, promise } of checks) {
    yield* Console.log(`  ${mark(kept)} ${promise.padEnd(40)} ${found}`)
  }
})

/** What happened to one communication, fact by fact. */
export const printTimeline = Effect.fnUntraced(function* (world: World, { scenario }: Outcome) {
  const facts = yield* world.journal.load(scenario.id)
  yield* Console.log(`\n  ${scenario.name}: ${scenario.id}`)
  yield* Effect.forEach(timeline(facts), (line) => Console.log(line))
})
