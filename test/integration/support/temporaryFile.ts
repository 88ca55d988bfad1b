import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { Effect } from "effect"

/** A directory of its own, removed with the scope: its path. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "brom-ctx-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

/** A file with this content, removed with the scope: its path. */
export const temporaryFile = (name: string, content: string) =>
  Effect.map(temporaryDirectory, (directory) => {
    const path = join(directory, name)
    writeFileSync(path, content)
    return path
  })
