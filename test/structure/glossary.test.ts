import { assert, describe, it } from "@effect/vitest"

import { read } from "./projectFiles.ts"
import { sourceModules } from "./sourceModules.ts"

const heading = "\n## Words of the code\n"

/** The code names in one column of the section's tables. */
const namesIn = (column: RegExp): ReadonlySet<string> => {
  const [, after = ""] = read("docs/glossary.md").split(heading)
  const [section = ""] = after.split("\n## ")
  const cells = [...section.matchAll(column)].map(([, cell = ""]) => cell)
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name)))
}

const named = new Set([...namesIn(/^\| ([^|]*) \| [^|]* \|$/gm), ...namesIn(/^\| [^|]* \| ([^|]*) \| [^|]* \|$/gm)])
const exported = new Set(sourceModules.flatMap(({ exports }) => [...exports]))
const classes = sourceModules.flatMap(({ file }) =>
  [...read(file).matchAll(/^export class (\w+)/gm)].map(([, name = ""]) => name)
)

describe("glossary", () => {
  it("every name of the code in docs/glossary.md is exported by src", () => {
    assert.isAbove(named.size, 0)
    assert.deepStrictEqual(
      [...named].filter((name) => !exported.has(name)),
      []
    )
  })

  it("every class that src exports is in docs/glossary.md", () => {
    assert.isAbove(classes.length, 0)
    assert.deepStrictEqual(
      classes.filter((name) => !named.has(name)),
      []
    )
  })
})
