import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import type { Safeguard } from "./list.ts"

const parts = ["src", "simulators", "test", "fixtures", "journeys.yaml", "package.json"]

/** What the simulation found in the code without one safeguard. */
export interface Finding {
  readonly name: string
  /** Absent if nothing was found. */
  readonly seed?: number
  readonly runs: number
  readonly violation: string
}

/** A copy of the project to break. Call `remove` afterwards. */
const makeCopy = () => {
  const root = mkdtempSync(join(tmpdir(), "simulation-"))
  for (const part of parts) cpSync(part, join(root, part), { recursive: true })
  symlinkSync(realpathSync("node_modules"), join(root, "node_modules"))
  return { root, remove: () => rmSync(root, { recursive: true }) }
}

/** Removes the safeguard, and returns the function that restores it. Throws if the code has changed. */
const take = (root: string, { name, without }: Safeguard): (() => void) => {
  const before = new Map<string, string>()
  for (const { file, find, replace } of without) {
    const path = join(root, file)
    const text = readFileSync(path, "utf8")
    if (text.split(find).length !== 2) throw new Error(`${name}: "${find}" is not once in ${file}`)
    if (!before.has(path)) before.set(path, text)
    writeFileSync(
      path,
      text.replace(find, () => replace)
    )
  }
  return () => {
    for (const [path, text] of before) writeFileSync(path, text)
  }
}

const findingOf = (name: string, output: string): Finding => {
  const [, runs, seed] = /Failed after (\d+) runs: seed (\d+)/.exec(output) ?? []
  const violation = /^Seed .* breaks:\n {2}(.*)$/m.exec(output)?.[1] ?? output.slice(-500)
  return seed === undefined ? { name, runs: 0, violation } : { name, seed: Number(seed), runs: Number(runs), violation }
}

/** For each safeguard, the finding of at most `runs` runs from `seed` on in the code without it. */
export const withoutEach = (
  safeguards: ReadonlyArray<Safeguard>,
  { runs, seed }: { readonly runs: number; readonly seed: number },
  each: (finding: Finding) => void
): void => {
  const { remove, root } = makeCopy()
  try {
    for (const safeguard of safeguards) {
      const putBack = take(root, safeguard)
      const args = ["test/simulation/main.ts", "--first", "--runs", String(runs), "--seed", String(seed)]
      const { stderr, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 })
      each(findingOf(safeguard.name, stdout + stderr))
      putBack()
    }
  } finally {
    remove()
  }
}
