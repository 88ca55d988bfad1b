import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { Effect } from "effect"

/** The path of a new directory, which is removed with the scope. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "brom-ctx-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

/** The path of a file with this content, which is removed with the scope. */
export const temporaryFile = (name: string, content: string) =>
  Effect.map(temporaryDirectory, (directory) => {
    const path = join(directory, name)
    writeFileSync(path, content)
    return path
  })
