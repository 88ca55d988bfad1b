import { assert, describe, it } from "@effect/vitest"
import { Console, Effect } from "effect"

import { print, table } from "../../src/cli/output.ts"

const printed = (asJson: boolean, value: unknown, lines: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const written: Array<string> = []
    yield* Effect.updateService(print(asJson, value, lines), Console.Console, (console) => ({
      ...console,
      log: (text: string) => {
        written.push(text)
      }
    }))
    return written.join("\n")
  })

/**
 * Control characters of C0 and C1 and marks of Unicode: they clear the screen, set the title, reverse text and end the
 * line.
 */
const hostile = "a\u001B[2J\u009B2J\u001B]0;x\u0007\u007F\u202Eb\u2066c\u200Ed\u2028e\r\nf\u0000\uD800"
const shown = "a\\x1b[2J\\x9b2J\\x1b]0;x\\x07\\x7f\\u202eb\\u2066c\\u200ed\\u2028e\\r\\nf\\x00\\ud800"

/** Characters that a terminal interprets, or that hide a part of a line. */
const raw = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/u

describe("print", () => {
  it.effect("SPEC 9.9: shows characters that a terminal would interpret as escapes, and each text as one line", () =>
    Effect.gen(function* () {
      const text = yield* printed(false, undefined, [hostile, "ok", ...table([[hostile, "x"], ["y"]])])
      assert.strictEqual(text, [shown, "ok", `${shown}  x`, "y"].join("\n"))
      assert.notMatch(text, raw)
    })
  )

  it.effect("SPEC 9.9: cuts a long line and a long cell, and states its length", () =>
    Effect.gen(function* () {
      const long = "x".repeat(100_000)
      assert.strictEqual(yield* printed(false, undefined, [long]), `${"x".repeat(2000)}… (100000 characters)`)
      assert.deepStrictEqual(table([["a", long]]), [`a  ${"x".repeat(500)}… (100000 characters)`])
    })
  )

  it.effect("SPEC 9.9: JSON keeps its value, without characters that a terminal would interpret", () =>
    Effect.gen(function* () {
      const value = { [hostile]: [hostile, "👨\u200D👩\u200D👧", "\u{E0041}"], plain: "não" }
      const text = yield* printed(true, value, [])
      assert.notMatch(text, raw)
      assert.deepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
      assert.strictEqual(yield* printed(true, { a: ["não"] }, []), JSON.stringify({ a: ["não"] }, null, 2))
    })
  )

  it.effect("SPEC 9.9: emoji that are made with joiners stay whole", () =>
    Effect.map(printed(false, undefined, ["👨\u200D👩\u200D👧"]), (text) =>
      assert.strictEqual(text, "👨\u200D👩\u200D👧")
    )
  )
})
