import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { TestClock } from "effect/testing"

import { json } from "../../src/cli/flags.ts"
import { letterFlags, letterSelection } from "../../src/cli/letterFlags.ts"
import { print } from "../../src/cli/output.ts"
import { runCommand } from "./runCommand.ts"

/** A command that only says what its flags select. */
const selected = Command.make(
  "selected",
  { ...letterFlags, json },
  Effect.fnUntraced(function* ({ json: _, ...input }) {
    yield* print(true, yield* letterSelection(input), [])
  })
)

const now = Date.parse("2026-11-30T12:00:00Z")

const selectionOf = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const { failure, out } = yield* runCommand(selected, args)
    assert.strictEqual(failure, undefined)
    return JSON.parse(out)
  })

describe("dead-letters", () => {
  it.effect("CONTRACT ctx dead-letters: --since is a time before now, a time with a zone, or a day", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* selectionOf("--since", "24h"), { since: now - 86_400_000 })
      assert.deepStrictEqual(yield* selectionOf("--since", "30m"), { since: now - 1_800_000 })
      assert.deepStrictEqual(yield* selectionOf("--since", "2026-11-30T09:00:00-03:00"), { since: now })
      assert.deepStrictEqual(yield* selectionOf("--since", "2026-11-30"), { since: now - 43_200_000 })
      assert.deepStrictEqual(yield* selectionOf(), {})
      assert.isDefined((yield* runCommand(selected, ["--since", "yesterday"])).failure)
    })
  )

  it.effect("CONTRACT ctx dead-letters: --codigo means --code, and giving both is wrong use", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* selectionOf("--codigo", "CONFLITO", "--topic", "in"), {
        topic: "in",
        code: "CONFLITO"
      })
      assert.deepStrictEqual(yield* selectionOf("--code", "CONFLITO"), { code: "CONFLITO" })
      const both = yield* runCommand(selected, ["--code", "CONFLITO", "--codigo", "CONFLITO"])
      assert.strictEqual(both.tag, "WrongUse")
    })
  )
})
