import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** The rows that remain of deleted communications (docs/database.md). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient

  yield* sql`CREATE TABLE forgotten (
    id text PRIMARY KEY,
    hash text,
    status text NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL
  )`

  // Not on `updated_at`: every append changes that column and would have to update the index.
  yield* sql`CREATE INDEX communications_created ON communications (created_at, id)`
})
