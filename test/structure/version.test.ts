import { assert, describe, it } from "@effect/vitest"

import manifest from "../../package.json" with { type: "json" }
import { worksWith } from "../../src/layers/database/migrate.ts"
import { projectFiles, read } from "./projectFiles.ts"

const changelog = read("CHANGELOG.md")
const sections = [...changelog.matchAll(/^## (\S+)(?: - (\d{4}-\d\d-\d\d))?$/gm)].map(([, name, date]) => ({
  name,
  date
}))

describe("the version", () => {
  it("has a section of the changelog, with a date, above all older ones", () => {
    const [unreleased, newest] = sections
    assert.deepStrictEqual(unreleased, { name: "Unreleased", date: undefined })
    assert.strictEqual(newest?.name, manifest.version)
    assert.isDefined(newest?.date)
  })

  it("is only in package.json and in the documents of releases", () => {
    const documents = new Set(["package.json", "package-lock.json", "CHANGELOG.md", "docs/releasing.md"])
    const text = /\.(?:ts|tsx|js|mjs|json|ya?ml|md|sh|env)$|\/run$|^Dockerfile$/
    const others = projectFiles.filter((file) => text.test(file) && !documents.has(file))
    assert.isAbove(others.length, 0)
    assert.deepStrictEqual(
      others.filter((file) => read(file).includes(manifest.version)),
      []
    )
  })

  it("comes with the schemas that docs/releasing.md lists, and with what can work beside each", () => {
    const rows = [...read("docs/releasing.md").matchAll(/^\| (\d+) \| (\d+) \| /gm)]
    const listed = Object.fromEntries(rows.map(([, schema, oldest]) => [Number(schema), Number(oldest)]))
    assert.deepStrictEqual(listed, worksWith)
  })
})
