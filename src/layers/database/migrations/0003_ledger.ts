import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** The position of each partition's ledger, offsets that Kafka never delivers, stalled work (docs/database.md). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient

  yield* sql`CREATE TABLE ledger (
    topic text NOT NULL,
    partition integer NOT NULL,
    first bigint NOT NULL,
    next bigint NOT NULL,
    ended bigint NOT NULL DEFAULT 0,
    skipped bigint NOT NULL DEFAULT 0,
    undelivered bigint NOT NULL DEFAULT 0,
    missing int8multirange NOT NULL DEFAULT '{}',
    PRIMARY KEY (topic, partition)
  )`

  yield* sql`CREATE TABLE ledger_gaps (
    topic text NOT NULL,
    partition integer NOT NULL,
    first bigint NOT NULL,
    next bigint NOT NULL,
    PRIMARY KEY (topic, partition, first, next)
  )`

  // Indexes a column that no append changes, so updates stay out of this index until the communication ends.
  yield* sql`CREATE INDEX communications_working ON communications (created_at) WHERE status = 'working'`
})
