import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { decodeFacts } from "../../../src/domain/communication/Fact.ts"
import { everyFact } from "../../layers/journal/factExamples.ts"

/**
 * Facts as some version once stored them, one per line. A line is added when a fact gets a new form. No line is changed
 * or removed, because databases hold such facts.
 */
const corpus = readFileSync("test/domain/communication/facts.corpus.json", "utf8")

describe("stored facts", () => {
  it.effect("DESIGN Facts are the memory: every form that was ever stored is readable and loses nothing", () =>
    Effect.gen(function* () {
      const stored: ReadonlyArray<unknown> = JSON.parse(corpus)
      assert.deepStrictEqual<unknown>(yield* decodeFacts(corpus), stored)
    })
  )

  it.effect("the corpus holds every kind of fact that there is", () =>
    Effect.gen(function* () {
      const kinds = new Set((yield* decodeFacts(corpus)).map(({ _tag }) => _tag))
      assert.deepStrictEqual(
        everyFact.map(({ _tag }) => _tag).filter((tag) => !kinds.has(tag)),
        []
      )
    })
  )

  it.effect("a fact of a kind that this version does not know is refused, not dropped", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decodeFacts(`[{"_tag":"Unknown","at":1}]`))
      assert.strictEqual(error._tag, "SchemaError")
    })
  )
})
