import { mkdir } from "node:fs/promises"
import { join } from "node:path"

import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

import { DatabaseStatus } from "../services/DatabaseStatus.ts"
import { always } from "../services/Ownership.ts"
import { Settings } from "../services/Settings.ts"
import { directoryLock } from "./database/directoryLock.ts"
import { migrate } from "./database/migrate.ts"
import { makeOutage } from "./database/outage.ts"
import { pgliteConnection } from "./database/pgliteConnection.ts"
import { pgliteSocket } from "./database/pgliteSocket.ts"
import { probe } from "./database/probe.ts"

const MEMORY = "memory://"

const notOpened = (cause: unknown) => new SqlError({ reason: new ConnectionError({ cause }) })

/** Where PGlite keeps its files, ours alone: waits while another process has the directory. */
const ownDirectory = Effect.fnUntraced(function* (directory: string) {
  yield* Effect.tryPromise(() => mkdir(directory, { recursive: true }))
  yield* directoryLock(directory)
  yield* Effect.logWarning(
    `no DATABASE_URL: embedded PGlite in ${directory}. It survives the death of this process, but not a crash of the ` +
      "machine or a power cut: use Postgres in production"
  )
  return join(directory, "pglite")
})

const make = Effect.gen(function* () {
  const { dataDir } = (yield* Settings).database
  const status = yield* DatabaseStatus
  const outage = yield* makeOutage(`PGlite in ${dataDir}`)

  const files = dataDir === MEMORY ? MEMORY : yield* outage.wait(Effect.mapError(ownDirectory(dataDir), notOpened))
  const path = yield* pgliteSocket(files, outage)
  // One session: one connection, kept (pgliteSocket.ts).
  const client = yield* PgClient.make({
    stream: () => pgliteConnection(path),
    username: "postgres",
    database: "postgres",
    applicationName: "brom-ctx",
    minConnections: 1,
    maxConnections: 1,
    maxMessageSize: 1_073_741_824
  })

  yield* outage.upkeep("bringing the schema up to date", Effect.provideService(migrate, SqlClient, client))
  // There is no autovacuum in PGlite: what the last runs left behind is cleared at start.
  yield* outage.upkeep("clearing up", client`VACUUM (ANALYZE)`)
  yield* status.report({ probe: probe(client), holder: true, provenAt: always, detail: `PGlite in ${dataDir}` })
  return client
}).pipe(Effect.catchTag("SqlError", Effect.die))

/** PGlite in `DATA_DIR`, or in memory for `memory://`: this process alone, migrated, in one connection. */
export const DatabasePglite = PgClient.layerFrom(make)
