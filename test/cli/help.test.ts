import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { ctx } from "../../src/cli/ctx.ts"
import { runCommand } from "./runCommand.ts"

/** The lines of the help about the command's own flags, not those of every command. */
const flagsIn = (help: string): ReadonlyArray<string> => {
  const [, flags = ""] = /^FLAGS\n((?: +.*\n)+)/m.exec(help) ?? []
  return flags.split("\n").filter((line) => /^ +--/.test(line))
}

it.effect.each([
  "list",
  "show",
  "retry",
  "operations",
  "audit",
  "settle",
  "decide",
  "dead-letters list",
  "dead-letters redrive",
  "doctor",
  "journeys check",
  "preview",
  "privacy export",
  "privacy erase"
])("CONTRACT Commands: ctx %s --help gives the default of every flag", (line) =>
  Effect.gen(function* () {
    const { out } = yield* runCommand(ctx, [...line.split(" "), "--help"])
    const flags = flagsIn(`${out}\n`)
    assert.isNotEmpty(flags)
    assert.deepStrictEqual(
      flags.filter((flag) => !/\((?:no )?default/.test(flag)),
      []
    )
  })
)
