import { Effect } from "effect"

import { Journal } from "../../../src/services/Journal.ts"
import { journalIn } from "./openDirectory.ts"

/** A process that appends to PGlite in the directory it is given and prints each position once it is durable. */
const main = Effect.gen(function* () {
  const journal = yield* Journal
  for (let seq = 0; ; seq++) {
    yield* journal.append({
      id: "a",
      seq,
      facts: [{ _tag: "ResponseAcknowledged", at: 1, number: seq }],
      view: { journey: "j", status: "working", inDoubt: false, updatedAt: 1 },
      index: [],
      endings: []
    })
    process.stdout.write(`${seq}\n`)
  }
})

void Effect.runPromise(Effect.provide(main, journalIn(process.argv[2] ?? "")))
