import * as PgClient from "@effect/sql-pg/PgClient"
import { Context, Effect, Layer, Schedule, Schema, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { Ownership } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import { describeSqlError, makeAvailability, SILENCE_LIMIT, UPKEEP_LIMIT } from "./availability.ts"
import { databaseAccess } from "./databaseAccess.ts"
import { probe } from "./DatabaseStatusRef.ts"
import { makeWaiting } from "./directoryLock.ts"
import { buildIndexes } from "./indexes.ts"
import { lockConnection } from "./locks/LockConnection.ts"
import { LOCK_SILENCE } from "./locks/LockStatements.ts"
import { boundedLocks, outlivePredecessors, mostLocks, warnOfRoom } from "./locks/processLocks.ts"
import { admitSchema, type SchemaPlan } from "./locks/schemaLock.ts"
import { firstNumbered, migrate, schemaVersion, worksWith } from "./migrate.ts"
import { withSessionSettings } from "./sessionSettings.ts"
import { makeProcessPace, StatementPace } from "./StatementPace.ts"

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

const make = Effect.gen(function* () {
  const settings = yield* Settings
  const { database } = settings
  const status = yield* DatabaseStatus
  const { config, place: host } = databaseAccess(database.url ?? Redacted.make(""))
  const availability = yield* makeAvailability(`database ${host}`)
  const log = yield* makeWaiting

  yield* status.report({ detail: `waiting for ${host}` })
  const pool = { ...config(SILENCE_LIMIT), maxConnections: 10 }
  const client = yield* PgClient.make(yield* availability.persist(withSessionSettings(pool)))
  yield* status.report({ probe: probe(client) })
  yield* requireSupported(host, yield* availability.persist(Effect.provideService(postgresVersion, SqlClient, client)))

  /** Works on a connection of its own, because the server sends nothing while it changes a whole table. */
  const patiently = <A>(work: (sql: SqlClient) => Effect.Effect<A, SqlError>) =>
    PgClient.make({ ...config(UPKEEP_LIMIT), maxConnections: 1 }).pipe(
      Effect.flatMap(work),
      Effect.scoped,
      Effect.provide(Reactivity.layer)
    )
  const migrated = (keepOut: ReadonlyArray<number>) =>
    patiently((sql) => Effect.provideService(migrate(keepOut), SqlClient, sql)).pipe(
      Effect.tapError((error) =>
        status.report({ detail: `the schema of ${host} is not up to date: ${describeSqlError(error)}` })
      )
    )
  const plan: SchemaPlan = {
    place: `DATABASE_URL: ${host}`,
    version: schemaVersion,
    firstNumbered,
    worksWith,
    // A failure here is permanent. Another lock session would not help, so the start fails.
    migrate: (keepOut) => Effect.orDie(availability.upkeep("schema migration", migrated(keepOut)))
  }
  const waiting = (whom: string) => {
    const detail = `${whom} (${host}): waiting until it ends`
    return Effect.andThen(status.report({ detail }), log(detail))
  }
  const pace = makeProcessPace(5)
  const { ownership } = yield* lockConnection({
    pace,
    config: config(LOCK_SILENCE, "lock"),
    host,
    most: boundedLocks(settings),
    admit: (statements) =>
      Effect.gen(function* () {
        yield* outlivePredecessors(statements, waiting)
        yield* admitSchema(statements, plan, waiting)
        yield* warnOfRoom(statements, mostLocks(settings))
      })
  })
  yield* patiently(buildIndexes).pipe(
    Effect.catch((error) =>
      Effect.as(Effect.logWarning(`index of ${host} not built yet: ${describeSqlError(error)}`), false)
    ),
    Effect.repeat({ schedule: Schedule.spaced("1 minute"), until: (isDone) => isDone }),
    Effect.forkScoped
  )
  return Context.make(PgClient.PgClient, client).pipe(
    Context.add(SqlClient, client),
    Context.add(Ownership, ownership),
    Context.add(StatementPace, pace)
  )
}).pipe(Effect.catchTag("SqlError", Effect.die))

/**
 * External Postgres (CONTRACT `DATABASE_URL`), migrated, with the locks of this process in it. Waits for an unreachable
 * database, and for processes that must not work beside this one. Uses ten connections, and one for the locks.
 */
export const DatabasePg = Layer.effectContext(make).pipe(Layer.provide(Reactivity.layer))
