import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"

import { safeguards } from "./safeguards/list.ts"
import { rowsInDocs } from "./safeguards/table.ts"

/** Safeguards without a seed in docs/simulation.md. */
const unseen = new Set([
  "a retry sends nothing beside a doubt (10.1)",
  "a retry looks for a Case that may exist (10.1)"
])

describe("safeguards", () => {
  it("the table in docs/simulation.md has each of them, with the seed that shows it", () => {
    const rows = rowsInDocs()
    assert.deepStrictEqual(
      [...rows.keys()],
      safeguards.map(({ name }) => name).filter((name) => !unseen.has(name))
    )
    for (const row of rows.values()) assert.match(row, /^\| .* \| \d+ \| .+ \|$/)
  })

  for (const { name, without } of safeguards) {
    it(`the edits that remove "${name}" find their places in the code, once each`, () => {
      for (const { file, find } of without) {
        assert.lengthOf(readFileSync(file, "utf8").split(find), 2, `${file}: ${find}`)
      }
    })
  }
})
