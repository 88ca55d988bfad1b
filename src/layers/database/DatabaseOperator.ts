import { existsSync } from "node:fs"
import { join } from "node:path"

import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Layer, Redacted, References, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"

import { Settings } from "../../services/Settings.ts"
import { abandonOnInterrupt } from "./abandonOnInterrupt.ts"
import { SILENCE_LIMIT, describeSqlError } from "./availability.ts"
import { databaseAccess } from "./databaseAccess.ts"
import { DatabasePglite } from "./DatabasePglite.ts"
import { directoryHolder } from "./directoryLock.ts"
import { currentSchema } from "./locks/currentSchema.ts"
import type { Row } from "./locks/LockStatements.ts"
import { schemaVersion } from "./migrate.ts"
import { withSessionSettings } from "./sessionSettings.ts"

/** The operator's command cannot use the database now. */
class DatabaseNotOpen extends Schema.TaggedError<DatabaseNotOpen>()("DatabaseNotOpen", {
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

const notOpen = (detail: string) => Effect.fail(new DatabaseNotOpen({ detail }))

const VERSION = `SELECT coalesce(max(migration_id), 0)::integer AS version FROM migrations`

/** Fails for another version of the schema, which may have other columns. Only the service migrates it. */
const requireSchema = Effect.fnUntraced(function* (sql: PgClient.PgClient, host: string) {
  yield* currentSchema({ ask: (statement) => sql.unsafe<Row>(statement) })
  const [table] = yield* sql.unsafe<{ found: boolean }>(`SELECT to_regclass('migrations') IS NOT NULL AS found`)
  if (table?.found !== true) {
    return yield* notOpen(`DATABASE_URL: the database ${host} holds no journal: no service has been started on it`)
  }
  const [row] = yield* sql.unsafe<{ version: number }>(VERSION)
  if (row?.version === schemaVersion) return
  return yield* notOpen(
    `DATABASE_URL: the schema at ${host} is version ${row?.version}, this command works with ${schemaVersion}: ` +
      "use the command of the version that the service has"
  )
})

const makePg = Effect.gen(function* () {
  const { config, place: host } = databaseAccess((yield* Settings).database.url ?? Redacted.make(""))
  const unavailable = (error: SqlError) =>
    notOpen(`DATABASE_URL: the database ${host} cannot be used: ${describeSqlError(error)}`)
  return yield* Effect.gen(function* () {
    const pool = { ...config(SILENCE_LIMIT, "ctx"), maxConnections: 2 }
    const client = yield* PgClient.make(yield* abandonOnInterrupt(withSessionSettings(pool)))
    yield* abandonOnInterrupt(requireSchema(client, host))
    return client
  }).pipe(
    Effect.catchTag("SqlError", unavailable),
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () => notOpen(`DATABASE_URL: the database ${host} does not answer`)
    })
  )
})

/** Opens PGlite. Only one process can use it, so the service must not be running. */
const makePglite = Effect.gen(function* () {
  const { dataDir } = (yield* Settings).database
  if (!existsSync(join(dataDir, "pglite"))) {
    return yield* notOpen(
      `DATABASE_URL: missing, and DATA_DIR: read ${JSON.stringify(dataDir)}, which holds no database; ` +
        "expected one of the two as the service has it"
    )
  }
  const holder = yield* Effect.sync(() => directoryHolder(dataDir))
  if (holder !== undefined) {
    return yield* notOpen(
      `DATA_DIR: ${dataDir} is held by the running service (${holder}): name its address in CTX_URL, stop it first, or use Postgres (DATABASE_URL)`
    )
  }
  // Its warning about PGlite is meant for the service.
  return Layer.provide(DatabasePglite, Layer.succeed(References.MinimumLogLevel, "Error"))
})

/**
 * The `SqlClient` for an operator's command. Postgres is used beside the process that holds it, embedded PGlite only while
 * no process does. Waits a few seconds at most. Never creates a database and never changes the schema of Postgres.
 */
export const DatabaseOperator = Layer.unwrap(
  Effect.map(Settings, ({ database }) =>
    database.url === undefined ? Layer.unwrap(makePglite) : PgClient.layerFrom(makePg)
  )
)
