import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"

import { safeguards } from "./safeguards/list.ts"

describe("safeguards", () => {
  for (const { name, without } of safeguards) {
    it(`what takes away "${name}" finds its place in the code, once`, () => {
      for (const { file, find } of without) {
        assert.lengthOf(readFileSync(file, "utf8").split(find), 2, `${file}: ${find}`)
      }
    })
  }
})
