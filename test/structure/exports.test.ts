import { assert, describe, it } from "@effect/vitest"

import { sourceModules } from "./sourceModules.ts"

/** Names that several files export, with those files. A value and a type of one file count as one name. */
const shared = () => {
  const filesByName = new Map<string, ReadonlyArray<string>>()
  for (const { exports, file } of sourceModules) {
    for (const name of exports) filesByName.set(name, [...(filesByName.get(name) ?? []), file])
  }
  return Object.fromEntries([...filesByName].filter(([, files]) => files.length > 1))
}

describe("exports", () => {
  it("no two exports of src share a name", () => {
    assert.isAbove(sourceModules.length, 0)
    assert.deepStrictEqual(shared(), {})
  })
})
