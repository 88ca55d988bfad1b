import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"

/** Tests of processes and of the tools themselves, which take minutes or copy the tree again. */
const excluded = /^test\/(integration|chaos|structure|compose|bench|tools)\/|^test\/simulation\/safeguards\.test\.ts$/

/** The files that a file loads. An import of types does not load. */
const importsOf = (file: string): ReadonlyArray<string> =>
  [...readFileSync(file, "utf8").matchAll(/^(?:import|export) (?!type )[^"]*?"(\.[^"]+)"|import\("(\.[^"]+)"\)/gm)].map(
    ([, named = "", dynamic = named]) => join(dirname(file), dynamic)
  )

/** The tests that load a file of `src`, directly or through others, the nearest first. `near` are those near it. */
export interface RelatedTests {
  readonly near: ReadonlyArray<string>
  readonly far: ReadonlyArray<string>
}

/** Near are the tests of the same folder, and those that import the file themselves. */
export const makeRelatedTests = (files: ReadonlyArray<string>): ((file: string) => RelatedTests) => {
  const importers = new Map<string, Array<string>>()
  for (const file of files.filter((path) => /^(src|test|simulators)\/.*\.ts$/.test(path))) {
    for (const imported of importsOf(file)) importers.set(imported, [...(importers.get(imported) ?? []), file])
  }
  return (file) => {
    const reached = new Set([file])
    for (const next of reached) for (const importer of importers.get(next) ?? []) reached.add(importer)
    const tests = [...reached].filter((path) => path.endsWith(".test.ts") && !excluded.test(path))
    const folder = `${dirname(file).replace(/^src/, "test")}/`
    const isNear = (test: string) => test.startsWith(folder) || importers.get(file)?.includes(test) === true
    return { near: tests.filter(isNear), far: tests.filter((test) => !isNear(test)) }
  }
}
