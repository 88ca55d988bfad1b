import { mkdtemp, rm, mkdir } from "node:fs/promises"
import { type NetConnectOpts, Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

import * as PgClient from "@effect/sql-pg/PgClient"
import { PGlite } from "@electric-sql/pglite"
import { PGLiteSocketServer } from "@electric-sql/pglite-socket"
import { Context, Effect, Layer } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql/SqlClient"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { Ownership } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import { makeOwnershipMemory } from "../ownership/OwnershipMemory.ts"
import { type Availability, makeAvailability } from "./availability.ts"
import { probe } from "./DatabaseStatusRef.ts"
import { directoryLock } from "./directoryLock.ts"
import { createIndexes } from "./indexes.ts"
import { type Row } from "./locks/LockStatements.ts"
import { requireOwnSchema } from "./locks/schemaLock.ts"
import { migrate, schemaVersion } from "./migrate.ts"

const opened = <A>(open: () => Promise<A>) =>
  Effect.tryPromise({ try: open, catch: (cause) => new SqlError({ reason: new ConnectionError({ cause }) }) })

/** A private directory for the socket, whose path may have at most 107 bytes. Only this user can enter it. */
const socketDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "brom-ctx-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

/**
 * Opens PGlite on `dataDir` (which may be `memory://`) and serves it on a Unix socket until the scope closes. Returns
 * the socket's path. Waits while PGlite cannot be opened. PGlite is ONE session and the socket forwards single
 * messages, so two clients would mix their statements and there must be only one connection. The server admits more
 * connections for cancel requests and for a new connection while the old one closes.
 */
const pgliteSocket = Effect.fnUntraced(function* (dataDir: string, availability: Availability) {
  const db = yield* Effect.acquireRelease(availability.wait(opened(() => PGlite.create(dataDir))), (open) =>
    Effect.ignore(Effect.tryPromise(() => open.close()))
  )
  const path = join(yield* socketDirectory, ".s.PGSQL.5432")
  yield* Effect.acquireRelease(
    availability.wait(
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

/** The code of a CancelRequest, in its second four bytes (PostgreSQL "Message Formats"). */
const cancelCode = 80_877_102

const isCancelRequest = (message: Uint8Array): boolean =>
  message.byteLength === 16 && Buffer.from(message.buffer, message.byteOffset, 16).readInt32BE(4) === cancelCode

/**
 * Closes the connection after a CancelRequest, as a Postgres server would. pglite-socket ignores the request and keeps the
 * connection open. PgClient would then wait 5 s for its end while it holds PGlite's only session.
 */
class PgliteConnection extends Socket {
  override _write(message: Uint8Array, encoding: BufferEncoding, written: (error?: Error | null) => void): void {
    super._write(message, encoding, written)
    if (isCancelRequest(message)) this.destroySoon()
  }
}

/** Connects to the socket of `pgliteSocket`. For PgClient's `stream`. */
export const pgliteConnection = (path: string): Socket => {
  const options: NetConnectOpts = { path }
  return new PgliteConnection().connect(options)
}

const MEMORY = "memory://"

const notOpened = (cause: unknown) => new SqlError({ reason: new ConnectionError({ cause }) })

/** Returns the directory of PGlite's files, locked for this process. Waits while another process holds the lock. */
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
  const availability = yield* makeAvailability(`PGlite in ${dataDir}`)

  const files =
    dataDir === MEMORY ? MEMORY : yield* availability.wait(Effect.mapError(ownDirectory(dataDir), notOpened))
  const path = yield* pgliteSocket(files, availability)
  // PGlite has one session, so the pool keeps exactly one connection (`pgliteSocket`).
  const client = yield* PgClient.make({
    stream: () => pgliteConnection(path),
    username: "postgres",
    database: "postgres",
    applicationName: "brom-ctx",
    minConnections: 1,
    maxConnections: 1,
    maxMessageSize: 1_073_741_824
  })

  const statements = {
    ask: (statement: string, parameters: ReadonlyArray<unknown> = []) => client.unsafe<Row>(statement, parameters)
  }
  yield* requireOwnSchema(statements, { place: `DATA_DIR: ${dataDir}`, version: schemaVersion })
  yield* availability.upkeep("schema migration", Effect.provideService(migrate([]), SqlClient, client))
  yield* availability.upkeep("building indexes", createIndexes(client))
  // PGlite has no autovacuum, so dead rows of earlier runs are cleared at start.
  yield* availability.upkeep("clearing up", client`VACUUM (ANALYZE)`)
  yield* status.report({ probe: probe(client), holder: true, detail: `PGlite in ${dataDir}` })
  const ownership = yield* makeOwnershipMemory()
  return Context.make(PgClient.PgClient, client).pipe(Context.add(SqlClient, client), Context.add(Ownership, ownership))
}).pipe(Effect.catchTag("SqlError", Effect.die))

/**
 * PGlite in `DATA_DIR`, or in memory for `memory://`, for this process alone. It is migrated, has one connection, and
 * its locks are in memory.
 */
export const DatabasePglite = Layer.effectContext(make).pipe(Layer.provide(Reactivity.layer))
