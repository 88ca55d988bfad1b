import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** The sessions of the operators, and when each breaker was closed by hand. Earlier versions neither read nor write them. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE sessions (
    hash text PRIMARY KEY,
    name text NOT NULL,
    proof text NOT NULL,
    used_at timestamptz NOT NULL
  )`
  yield* sql`CREATE TABLE breaker_closes (
    vendor text PRIMARY KEY,
    count bigint NOT NULL
  )`
})
