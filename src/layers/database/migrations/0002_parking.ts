import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** Events that wait for their communication, and communications that wait for an answer (docs/database.md). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient

  yield* sql`CREATE TABLE parked (
    key text PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    event text NOT NULL,
    names text NOT NULL,
    at timestamptz NOT NULL
  )`
  yield* sql`CREATE INDEX parked_at ON parked (at)`

  // The sweep joins these rows with the names of communications, so it never reads the events of strangers.
  yield* sql`CREATE TABLE parked_names (
    kind text NOT NULL,
    value text NOT NULL,
    key text NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (kind, value, key)
  )`
  yield* sql`CREATE INDEX parked_names_key ON parked_names (key)`

  yield* sql`ALTER TABLE communications ADD COLUMN awaiting_phone text, ADD COLUMN awaiting_since timestamptz`
  yield* sql`CREATE INDEX communications_awaiting ON communications (awaiting_phone, awaiting_since)
    WHERE awaiting_phone IS NOT NULL`
})
