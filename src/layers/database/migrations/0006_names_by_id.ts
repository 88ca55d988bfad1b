import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** Retention finds the names of what it deletes: their key begins with the name, not with the id (docs/database.md). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`CREATE INDEX communication_ids_id ON communication_ids (id)`
})
