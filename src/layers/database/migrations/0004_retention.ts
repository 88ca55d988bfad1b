import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** What stays of deleted communications (docs/database.md). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient

  yield* sql`CREATE TABLE forgotten (
    id text PRIMARY KEY,
    hash text,
    status text NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL
  )`

  // Not of `updated_at`: an index on what every append changes would make every append pay for it.
  yield* sql`CREATE INDEX communications_created ON communications (created_at, id)`
})
