import { execFileSync } from "node:child_process"
import { readFileSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"

import { Effect } from "effect"

import { temporaryDirectory } from "./temporaryFile.ts"

const git = (...args: ReadonlyArray<string>): string =>
  execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim()

const packagesOf = (manifest: string): string => JSON.stringify(JSON.parse(manifest).dependencies)

/** The commit before the one that added this migration, or the reason why there is none. */
export const commitBefore = (migration: string): { readonly commit: string } | { readonly missing: string } => {
  try {
    const file = `src/layers/database/migrations/${migration}.ts`
    const added = git("log", "--format=%H", "--diff-filter=A", "--", file).split("\n").at(-1) ?? ""
    // The first commit of a shallow clone adds everything, and has no parent.
    const commit = git("rev-parse", "--verify", "--quiet", `${added}^`)
    const isSame =
      packagesOf(git("show", `${commit}:package.json`)) === packagesOf(readFileSync("package.json", "utf8"))
    return isSame ? { commit } : { missing: `${commit} needs other packages than those that are installed` }
  } catch {
    return { missing: `the history does not reach back to before ${migration}` }
  }
}

/** The sources of a commit with today's packages, in a directory that is removed with the scope. */
export const treeOf = (commit: string) =>
  Effect.tap(temporaryDirectory, (directory) =>
    Effect.sync(() => {
      const archive = execFileSync("git", ["archive", commit, "src", "package.json"], { maxBuffer: 2 ** 28 })
      execFileSync("tar", ["-x", "-C", directory], { input: archive })
      symlinkSync(resolve("node_modules"), join(directory, "node_modules"))
    })
  )
