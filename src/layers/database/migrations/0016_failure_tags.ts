import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** Why an item of an operation failed, for programs. Earlier versions leave it empty. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`ALTER TABLE operation_failures ADD COLUMN tag text`
})
