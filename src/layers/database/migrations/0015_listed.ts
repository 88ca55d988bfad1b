import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/**
 * Whether a row has its `listing` for the list of communications (docs/database.md). Each append changes `listing`, but
 * none changes this flag, so an index can depend on it. Earlier versions leave the default, and each of their appends
 * writes a listing. If any row lacks one, the filling goes through all of them: marking only those would read the whole
 * table here.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  const [row] = yield* sql<{ lacks: boolean }>`SELECT EXISTS (
    SELECT FROM communications WHERE listing IS NULL
  ) AS lacks`
  yield* sql.unsafe(`ALTER TABLE communications ADD COLUMN listed boolean NOT NULL DEFAULT ${row?.lacks !== true}`)
  yield* sql`ALTER TABLE communications ALTER COLUMN listed SET DEFAULT true`
})
