import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** Replicas need no list of each other any more; from here on each version of the schema says whom it can bear (docs/database.md). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  for (const table of ["cluster_runners", "cluster_locks", "cluster_runner_migrations"]) {
    yield* sql.unsafe(`DROP TABLE IF EXISTS ${table}`)
  }
  yield* sql`CREATE TABLE schema_versions (
    version integer PRIMARY KEY,
    works_with integer NOT NULL
  )`
})
