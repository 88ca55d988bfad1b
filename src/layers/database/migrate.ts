import { Effect } from "effect"
import { SqlRunnerStorage } from "effect/cluster"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"

import journal from "./migrations/0001_journal.ts"
import parking from "./migrations/0002_parking.ts"
import ledger from "./migrations/0003_ledger.ts"
import retention from "./migrations/0004_retention.ts"
import redrives from "./migrations/0005_redrives.ts"
import namesById from "./migrations/0006_names_by_id.ts"

const migrations = {
  "0001_journal": journal,
  "0002_parking": parking,
  "0003_ledger": ledger,
  "0004_retention": retention,
  "0005_redrives": redrives,
  "0006_names_by_id": namesById
}

/** The schema version that this version of the service works with. */
export const schemaVersion = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))

/** Migrates one part of the schema in one transaction. Of several processes that start at once only one does it at a time. */
const migrating = (loader: Migrator.Loader, table: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* sql`SELECT pg_advisory_xact_lock(hashtextextended('brom-ctx migrations ' || current_schema(), 0))`
        return yield* Migrator.make({})({ loader, table })
      })
    )
  }).pipe(
    Effect.catchTag("MigrationError", (error) =>
      isSqlError(error.cause) ? Effect.fail(error.cause) : Effect.die(error)
    )
  )

/** Migrates our own tables. Fails with `SqlError` if another try can help. */
export const migrate = migrating(Migrator.fromRecord(migrations), "migrations")

/** Migrates the cluster's list of replicas. */
export const migrateCluster = migrating(SqlRunnerStorage.migrations({}), "cluster_runner_migrations")
