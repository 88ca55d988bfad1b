import { Effect } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"

import journal from "./migrations/0001_journal.ts"
import parking from "./migrations/0002_parking.ts"
import ledger from "./migrations/0003_ledger.ts"
import retention from "./migrations/0004_retention.ts"
import redrives from "./migrations/0005_redrives.ts"

const migrations = {
  "0001_journal": journal,
  "0002_parking": parking,
  "0003_ledger": ledger,
  "0004_retention": retention,
  "0005_redrives": redrives
}

const run = Migrator.make({})({ loader: Migrator.fromRecord(migrations), table: "migrations" })

/** The number of the schema that this version works with. */
export const schemaVersion = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))

/**
 * Brings the schema up to date, all or nothing; safe when several processes start at once (the second one waits). Fails
 * with `SqlError` where trying again can help.
 */
export const migrate = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql.withTransaction(
    Effect.gen(function* () {
      yield* sql`SELECT pg_advisory_xact_lock(hashtextextended('brom-ctx migrations ' || current_schema(), 0))`
      return yield* run
    })
  )
}).pipe(
  Effect.catchTag("MigrationError", (error) => (isSqlError(error.cause) ? Effect.fail(error.cause) : Effect.die(error)))
)
