import { readFileSync } from "node:fs"

import { assert, it } from "@effect/vitest"

import { namesInSource } from "./namesInSource.ts"

/** A name that is stored, or that operators search for, changes only on purpose, together with `names.json` and the docs. */
it("CONTRACT: facts, errors, spans, attributes, metrics and log lines have the names of names.json", () => {
  assert.deepStrictEqual(namesInSource("src"), JSON.parse(readFileSync("test/structure/names.json", "utf8")))
})
