import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

import { Effect } from "effect"

import { freePort } from "../../support/freePorts.ts"

const script = join(import.meta.dirname, "../../../tools/postgres/postgres.sh")

/** A Postgres that the test may start, stop and kill. It does not run yet, and is removed with the scope. */
export const ownPostgres = Effect.gen(function* () {
  const port = yield* freePort
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "brom-ctx-postgres-"))),
    (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
  )
  const run = (command: string, ...more: ReadonlyArray<string>) =>
    Effect.promise(() => promisify(execFile)(script, [command, directory, String(port), ...more]))
  yield* Effect.addFinalizer(() => run("kill"))
  return { url: `postgres://postgres:s3cret@127.0.0.1:${port}/postgres`, port, directory, run }
})
