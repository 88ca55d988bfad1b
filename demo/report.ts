import { Console, Effect } from "effect"

import type { Check } from "./audit.ts"
import type { CustomerOutcome } from "./customers.ts"
import { timeline } from "./timeline.ts"
import type { Outcome } from "./verdict.ts"
import { tally } from "./verdict.ts"
import type { World } from "./world.ts"

/** The Case ended as it must. */
export const isAsExpected = ({ actual, customer: { expected } }: CustomerOutcome): boolean =>
  actual.state === expected.state && actual.priority === expected.priority

const mark = (good: boolean) => (good ? "ok  " : "FAIL")

/** Prints the stream by kind of record: how many, what was expected, and how many ended so. */
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

/** Prints what customers did, and how their Cases ended. */
export const printCustomers = Effect.fnUntraced(function* (outcomes: ReadonlyArray<CustomerOutcome>) {
  yield* Console.log(`\n  ${"customer".padEnd(30)}${"count".padStart(6)}   Case`)
  for (const [name, group] of Map.groupBy(outcomes, ({ customer }) => customer.name)) {
    const kept = group.filter(isAsExpected).length
    const { priority, state } = group[0]?.customer.expected ?? { priority: "", state: "" }
    yield* Console.log(
      `  ${name.padEnd(30)}${String(group.length).padStart(6)}   ${mark(kept === group.length)} state ${state}, priority ${priority}`
    )
  }
})

/** Prints the promises beside the vendors' own records. */
export const printAudit = Effect.fnUntraced(function* (checks: ReadonlyArray<Check>) {
  yield* Console.log("")
  for (const { found, kept, promise } of checks) {
    yield* Console.log(`  ${mark(kept)} ${promise.padEnd(40)} ${found}`)
  }
})

/** Prints the history of one communication, fact by fact. */
export const printTimeline = Effect.fnUntraced(function* (world: World, name: string, id: string) {
  const facts = yield* world.journal.load(id)
  yield* Console.log(`\n  ${name}: ${id}`)
  yield* Effect.forEach(timeline(facts), (line) => Console.log(line))
})
