import { Effect, Schedule } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { ConnectionError, isSqlError, SqlError } from "effect/sql/SqlError"

import { createEmptyIndexes } from "./indexes.ts"
import { schemaVersionLock } from "./locks/schemaLock.ts"
import journal from "./migrations/0001_journal.ts"
import parking from "./migrations/0002_parking.ts"
import ledger from "./migrations/0003_ledger.ts"
import retention from "./migrations/0004_retention.ts"
import redrives from "./migrations/0005_redrives.ts"
import namesById from "./migrations/0006_names_by_id.ts"
import sideBySide from "./migrations/0007_side_by_side.ts"
import held from "./migrations/0008_held.ts"
import addressees from "./migrations/0009_addressees.ts"
import operators from "./migrations/0010_operators.ts"
import search from "./migrations/0011_search.ts"
import generations from "./migrations/0012_generations.ts"
import operations from "./migrations/0013_operations.ts"
import erasure from "./migrations/0014_erasure.ts"
import listed from "./migrations/0015_listed.ts"
import failureTags from "./migrations/0016_failure_tags.ts"

const migrations = {
  "0001_journal": journal,
  "0002_parking": parking,
  "0003_ledger": ledger,
  "0004_retention": retention,
  "0005_redrives": redrives,
  "0006_names_by_id": namesById,
  "0007_side_by_side": sideBySide,
  "0008_held": held,
  "0009_addressees": addressees,
  "0010_operators": operators,
  "0011_search": search,
  "0012_generations": generations,
  "0013_operations": operations,
  "0014_erasure": erasure,
  "0015_listed": listed,
  "0016_failure_tags": failureTags
}

/** The version of the schema that this program works with. */
export const schemaVersion = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))

/** The first version whose processes hold a lock of their version's number. Older ones are kept out by other locks. */
export const firstNumbered = 7

/**
 * For each version, the oldest program that can work with it, by the program's own version. That is the same version,
 * unless its migration leaves everything that older programs read and write as it was.
 */
export const worksWith: Readonly<Record<number, number>> = {
  7: 7,
  8: 8,
  9: 9,
  10: 9,
  11: 11,
  12: 12,
  13: 12,
  14: 12,
  15: 12,
  16: 12
}

/**
 * The second of several processes that start at once waits for it. It is not the lock of older versions, which this
 * process already holds against them.
 */
const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('brom-ctx schema ' || current_schema(), 0))"

/**
 * Overrides what the role or the database sets. A snapshot from before the lock would not show what another process has
 * migrated meanwhile. Building an index takes time. A machine that crashes in the middle must not hold others up.
 */
const SETTINGS = [
  "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
  "SET LOCAL statement_timeout = 0",
  "SET LOCAL lock_timeout = 0",
  "SET LOCAL idle_in_transaction_session_timeout = '10s'",
  // From Postgres 17 on.
  "SELECT set_config(name, '0', true) FROM pg_settings WHERE name = 'transaction_timeout'"
]

const KEEP_OUT = `SELECT pg_try_advisory_xact_lock(${schemaVersionLock}) AS got`

/**
 * Keeps programs of this version out until the transaction ends. Tries again for a moment: a process that has migrated
 * just now releases its locks one after the other.
 */
const keepOut = (sql: SqlClient, version: number) =>
  Effect.map(sql.unsafe<{ got: boolean }>(KEEP_OUT, [version]), ([row]) => row?.got === true).pipe(
    Effect.repeat({ schedule: Schedule.spaced("100 millis"), until: (got) => got, times: 5 })
  )

/**
 * Keeps programs of these versions out until the transaction ends. Returns the first one that is at work. The locks belong
 * to the transaction, because the lock session may be lost in the middle of it.
 */
export const keepOutVersions = Effect.fnUntraced(function* (sql: SqlClient, versions: ReadonlyArray<number>) {
  for (const version of versions) if (!(yield* keepOut(sql, version))) return version
  return undefined
})

/**
 * Creates the migrator's own table. The migrator would hide why it cannot, and a user without the right to create
 * tables can still work with a schema that is up to date.
 */
const createTable = Effect.fnUntraced(function* (sql: SqlClient) {
  const [table] = yield* sql<{ missing: boolean }>`SELECT to_regclass('migrations') IS NULL AS missing`
  if (table?.missing !== true) return
  yield* sql`CREATE TABLE migrations (
    migration_id integer PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    name text NOT NULL
  )`
})

/**
 * Fails if a migration is missing. On a conflict the migrator assumes that another process is migrating, and changes
 * nothing.
 */
const requireMigrated = Effect.fnUntraced(function* (sql: SqlClient) {
  const [row] = yield* sql<{
    version: number
  }>`SELECT coalesce(max(migration_id), 0)::integer AS version FROM migrations`
  if ((row?.version ?? 0) >= schemaVersion) return
  const cause = new Error("the rows of the table migrations are not those of this service")
  return yield* new SqlError({ reason: new ConnectionError({ cause }) })
})

/**
 * Brings the schema up to date, all or nothing, while no program of the `older` versions works. Returns the first one
 * that does work. Fails with `SqlError` if a retry can help.
 */
export const migrate = Effect.fnUntraced(
  function* (older: ReadonlyArray<number>) {
    const sql = yield* SqlClient
    return yield* sql.withTransaction(
      Effect.gen(function* () {
        for (const setting of SETTINGS) yield* sql.unsafe(setting)
        yield* sql.unsafe(LOCK)
        const atWork = yield* keepOutVersions(sql, older)
        if (atWork !== undefined) return atWork
        yield* createTable(sql)
        yield* Migrator.make({})({ loader: Migrator.fromRecord(migrations), table: "migrations" })
        yield* requireMigrated(sql)
        yield* createEmptyIndexes(sql)
        for (const [version, oldest] of Object.entries(worksWith)) {
          yield* sql`INSERT INTO schema_versions (version, works_with) VALUES (${Number(version)}, ${oldest})
          ON CONFLICT DO NOTHING`
        }
        return undefined
      })
    )
  },
  Effect.catchTag("MigrationError", (error) => (isSqlError(error.cause) ? Effect.fail(error.cause) : Effect.die(error)))
)
