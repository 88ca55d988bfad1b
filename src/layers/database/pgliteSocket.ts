import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { PGlite } from "@electric-sql/pglite"
import { PGLiteSocketServer } from "@electric-sql/pglite-socket"
import { Effect } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

import type { Outage } from "./outage.ts"

const opened = <A>(open: () => Promise<A>) =>
  Effect.tryPromise({ try: open, catch: (cause) => new SqlError({ reason: new ConnectionError({ cause }) }) })

/** A private directory of its own: the path of a socket may have 107 bytes only, and only this user may enter. */
const socketDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "brom-ctx-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

/**
 * Opens PGlite on `dataDir` (`memory://` too) and serves it on a Unix socket, whose path it returns, until the scope
 * closes; waits while it cannot be opened. PGlite is ONE session and the socket hands over message by message: two clients at once would mix their
 * statements, so there must be one connection (more are admitted only for a new one while the old one closes, and for
 * cancel requests).
 */
export const pgliteSocket = Effect.fnUntraced(function* (dataDir: string, outage: Outage) {
  const db = yield* Effect.acquireRelease(outage.wait(opened(() => PGlite.create(dataDir))), (open) =>
    Effect.ignore(Effect.tryPromise(() => open.close()))
  )
  const path = join(yield* socketDirectory, ".s.PGSQL.5432")
  yield* Effect.acquireRelease(
    outage.wait(
      opened(async () => {
        const server = new PGLiteSocketServer({ db, path, maxConnections: 8 })
        await server.start()
        return server
      })
    ),
    (server) => Effect.ignore(Effect.tryPromise(() => server.stop()))
  )
  return path
})
