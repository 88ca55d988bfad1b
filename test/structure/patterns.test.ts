import { execFileSync } from "node:child_process"

import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseSync, Visitor } from "oxc-parser"
import { check } from "recheck"

import { projectFiles, read } from "./projectFiles.ts"

interface Pattern {
  readonly file: string
  readonly pattern: string
  readonly flags: string
}

const sources = projectFiles.filter((file) => /^(?:src|console\/src)\/.*\.tsx?$/.test(file))

const writtenIn = (file: string): ReadonlyArray<Pattern> => {
  const patterns: Array<Pattern> = []
  const visitor = new Visitor({
    Literal: (literal) => {
      if ("regex" in literal) patterns.push({ file, ...literal.regex })
    }
  })
  visitor.visit(parseSync(file, read(file)).program)
  return patterns
}

const builtIn = (files: ReadonlyArray<string>): ReadonlyArray<Pattern> =>
  JSON.parse(execFileSync(process.execPath, ["test/structure/patternsBuilt.ts", ...files], { encoding: "utf8" }))

const shown = ({ file, flags, pattern }: Pattern) => `${file}: /${pattern}/${flags}`

/** It counts steps alone. A time limit that a busy machine reaches counts as an attack that succeeds. */
const limits = {
  timeout: null,
  seedingTimeout: null,
  incubationTimeout: null,
  attackTimeout: null,
  randomSeed: 1
}

/** How the work grows, if it grows faster than the text; otherwise `undefined`. */
const growth = async ({ flags, pattern }: Pick<Pattern, "pattern" | "flags">) => {
  const found = await check(pattern, flags, limits)
  if (found.status === "safe") return undefined
  return found.status === "vulnerable" ? found.complexity.summary : found.status
}

it.effect(
  "SPEC 9.6: no pattern that reads others' text takes time that grows faster than the text",
  () =>
    Effect.gen(function* () {
      const building = sources.filter((file) => read(file).includes("new RegExp("))
      const built = builtIn(building)
      assert.deepStrictEqual([...new Set(built.map(({ file }) => file))].sort(), building.sort())
      const patterns = [...sources.flatMap(writtenIn), ...built]
      assert.isAbove(patterns.length, 200)
      const slow = yield* Effect.forEach(patterns, (pattern) =>
        Effect.map(
          Effect.promise(() => growth(pattern)),
          (how) => (how === undefined ? [] : [`${shown(pattern)}: ${how}`])
        )
      )
      assert.deepStrictEqual(slow.flat(), [])
    }),
  600_000
)

it.effect("a pattern of that kind would be found", () =>
  Effect.gen(function* () {
    const of = (pattern: string) => Effect.promise(() => growth({ pattern, flags: "u" }))
    assert.strictEqual(yield* of(String.raw`\s+$`), "2nd degree polynomial")
    assert.strictEqual(yield* of("^(?:a|a)+$"), "exponential")
    assert.strictEqual(yield* of(String.raw`(?<!\s)\s+$`), undefined)
  })
)
