import { Effect } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"

import journal from "./migrations/0001_journal.ts"
import parking from "./migrations/0002_parking.ts"
import ledger from "./migrations/0003_ledger.ts"
import retention from "./migrations/0004_retention.ts"
import redrives from "./migrations/0005_redrives.ts"
import namesById from "./migrations/0006_names_by_id.ts"
import sideBySide from "./migrations/0007_side_by_side.ts"

const migrations = {
  "0001_journal": journal,
  "0002_parking": parking,
  "0003_ledger": ledger,
  "0004_retention": retention,
  "0005_redrives": redrives,
  "0006_names_by_id": namesById,
  "0007_side_by_side": sideBySide
}

/** The version of the schema that this program works with. */
export const schemaVersion = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))

/** The first version whose processes hold a lock of its number: older ones are kept out otherwise. */
export const firstNumbered = 7

/**
 * For each version the oldest programs that can work with it, told by their own version: its number, unless the migration leaves
 * everything that they read and write as it was.
 */
export const worksWith: Readonly<Record<number, number>> = { 7: 7 }

/** Of several processes that start at once the second one waits. Not the lock of older versions, which this one holds against them. */
const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('brom-ctx schema ' || current_schema(), 0))"

/** Brings the schema up to date, all or nothing; fails with `SqlError` where trying again can help. */
export const migrate = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql.withTransaction(
    Effect.gen(function* () {
      // A machine that dies in the middle holds nobody.
      yield* sql.unsafe("SELECT set_config('idle_in_transaction_session_timeout', '10s', true)")
      yield* sql.unsafe(LOCK)
      yield* Migrator.make({})({ loader: Migrator.fromRecord(migrations), table: "migrations" })
      for (const [version, oldest] of Object.entries(worksWith)) {
        yield* sql`INSERT INTO schema_versions (version, works_with) VALUES (${Number(version)}, ${oldest})
          ON CONFLICT DO NOTHING`
      }
    })
  )
}).pipe(
  Effect.catchTag("MigrationError", (error) => (isSqlError(error.cause) ? Effect.fail(error.cause) : Effect.die(error)))
)
