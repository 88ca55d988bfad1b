import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** Which deleted communications were erased for good. Only adds a column, and earlier versions leave its default. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`ALTER TABLE forgotten ADD COLUMN erased boolean NOT NULL DEFAULT false`
})
