import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** Lets retention find the names of deleted communications, whose key begins with the name (docs/database.md). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`CREATE INDEX communication_ids_id ON communication_ids (id)`
})
