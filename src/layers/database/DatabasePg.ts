import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Schema, type Duration, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { Settings } from "../../services/Settings.ts"
import { makeAvailability, SILENCE_LIMIT, UPKEEP_LIMIT } from "./availability.ts"
import { probe } from "./DatabaseStatusRef.ts"
import { migrate, migrateCluster } from "./migrate.ts"
import { postgresSocket } from "./postgresSocket.ts"
import { alone, replica, LOCK_SILENCE, runnerLock } from "./runnerLock.ts"

/** The database is reachable, but this service cannot work with it. An operator has to choose another one. */
export class DatabaseUnsupported extends Schema.TaggedError<DatabaseUnsupported>()("DatabaseUnsupported", {
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

/** `server_version_num`: 140000 for 14.0. */
const postgresVersion = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [row] = yield* sql<{ version: string }>`SELECT current_setting('server_version_num') AS version`
  return Number(row?.version ?? 0)
})

/** CONTRACT `DATABASE_URL`: Postgres 14 or later. */
export const requireSupported = (host: string, version: number): Effect.Effect<void, DatabaseUnsupported> =>
  version >= 140_000
    ? Effect.void
    : Effect.fail(
        new DatabaseUnsupported({
          detail: `DATABASE_URL: Postgres ${Math.floor(version / 10_000)} at ${host}; 14 or later is needed`
        })
      )

/** Host and database of a URL, the parts that a log may contain. */
export const place = (url: string): string => {
  const parsed = URL.parse(url)
  return parsed === null ? "DATABASE_URL" : `${parsed.host}${parsed.pathname}`
}

const make = Effect.gen(function* () {
  const { database, runner } = yield* Settings
  const status = yield* DatabaseStatus
  const url = database.url ?? Redacted.make("")
  const host = place(Redacted.value(url))
  const availability = yield* makeAvailability(`database ${host}`)

  /** A connection is destroyed after `silence` without a byte. */
  const config = (silence: Duration.Input) =>
    ({ url, stream: postgresSocket(Redacted.value(url), silence), maxMessageSize: 1_073_741_824 }) as const
  const client = yield* PgClient.make({ ...config(SILENCE_LIMIT), applicationName: "brom-ctx", maxConnections: 10 })
  yield* status.report({ probe: probe(client), detail: `waiting for ${host}` })

  const withClient = Effect.provideService(SqlClient, client)
  yield* requireSupported(host, yield* availability.persist(withClient(postgresVersion)))
  // Take the lock first: a newer version that waits must not change the schema that a running version uses.
  yield* runnerLock(
    config(LOCK_SILENCE),
    host,
    runner === undefined ? alone(host) : replica(host, `${runner.host}:${runner.port}`)
  )
  /** Runs on a connection of its own, because the server sends nothing while it builds an index. */
  const patiently = <A, E>(effect: Effect.Effect<A, E | SqlError, SqlClient>) =>
    PgClient.make({ ...config(UPKEEP_LIMIT), applicationName: "brom-ctx", maxConnections: 1 }).pipe(
      Effect.flatMap((patient) => Effect.provideService(effect, SqlClient, patient)),
      Effect.scoped
    )
  yield* availability.upkeep("bringing the schema up to date", patiently(migrate))
  if (runner !== undefined)
    yield* availability.upkeep("bringing the cluster's schema up to date", patiently(migrateCluster))
  return client
}).pipe(Effect.catchTag("SqlError", Effect.die))

/**
 * External Postgres (CONTRACT `DATABASE_URL`), migrated. Waits until the database is reachable and until this process
 * holds its lock, alone or shared with other replicas. Uses ten connections, and one for the lock.
 */
export const DatabasePg = PgClient.layerFrom(make)
