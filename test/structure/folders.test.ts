import { dirname } from "node:path"

import { assert, describe, it } from "@effect/vitest"

import { projectFiles, read } from "./projectFiles.ts"

/** Each folder that directly contains code. */
const folders = new Set(projectFiles.filter((file) => /^src\/.*\.ts$/.test(file)).map((file) => `${dirname(file)}/`))

/** The first cells of the table under the heading "Folders". */
const rows = (): ReadonlyArray<string> => {
  const [, section = ""] = read("docs/design.md").split("\n## Folders\n")
  const [table = ""] = section.split("\n## ")
  return [...table.matchAll(/^\| `(src\/[^`]*)` \| \S/gm)].map(([, folder = ""]) => folder)
}

describe("folders", () => {
  it("every folder of src has one sentence in docs/design.md, and every sentence is about an existing folder", () => {
    assert.isAbove(folders.size, 0)
    assert.deepStrictEqual(rows().toSorted(), [...folders].toSorted())
  })
})
