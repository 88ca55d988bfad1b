import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Folders that a run or npm writes, which are not part of the project. */
const notOurs = new Set([".git", "node_modules", "data", "coverage", "dist"])

const walk = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })

/** Every file of the project, relative to its root. */
export const projectFiles: ReadonlyArray<string> = walk(".")

export const read = (path: string): string => readFileSync(path, "utf8")
