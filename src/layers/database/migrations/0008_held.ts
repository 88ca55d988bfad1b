import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** Since when a communication waits for each vendor. Earlier versions cannot read the fact that says so. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  for (const vendor of ["servicenow", "weni"]) {
    yield* sql.unsafe(`ALTER TABLE communications ADD COLUMN held_${vendor} timestamptz`)
    yield* sql.unsafe(
      `CREATE INDEX communications_held_${vendor} ON communications (held_${vendor}, id COLLATE "C") WHERE held_${vendor} IS NOT NULL`
    )
  }
})
