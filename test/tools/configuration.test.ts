import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"

import { configurationPage } from "../../tools/configuration/page.ts"

describe("docs/configuration.md", () => {
  it("is what the settings' own reader says: `npm run docs:configuration` writes it", () => {
    assert.strictEqual(readFileSync("docs/configuration.md", "utf8"), configurationPage())
  })
})
