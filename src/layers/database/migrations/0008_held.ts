import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/**
 * Since when a communication waits for each vendor. Earlier versions cannot read the fact that says so. Its indexes are among
 * those that are built beside the work (`src/layers/database/indexes.ts`).
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  for (const vendor of ["servicenow", "weni"]) {
    yield* sql.unsafe(`ALTER TABLE communications ADD COLUMN held_${vendor} timestamptz`)
  }
})
