import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/**
 * When a communication began to wait for each vendor. Earlier versions cannot read the fact that records it. Its
 * indexes are among those that are built while the service works (`src/layers/database/indexes.ts`).
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  for (const vendor of ["servicenow", "weni"]) {
    yield* sql.unsafe(`ALTER TABLE communications ADD COLUMN held_${vendor} timestamptz`)
  }
})
