import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** The dead letters that were redriven (docs/database.md). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient

  yield* sql`CREATE TABLE redrives (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    written_at timestamptz NOT NULL,
    begun_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (topic, partition, "offset", written_at)
  )`
})
