import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** The tables that any number of processes share (docs/database.md). Replicas no longer need a list of addresses. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  for (const table of ["cluster_runners", "cluster_locks", "cluster_runner_migrations"]) {
    yield* sql.unsafe(`DROP TABLE IF EXISTS ${table}`)
  }

  yield* sql`CREATE TABLE schema_versions (
    version integer PRIMARY KEY,
    works_with integer NOT NULL
  )`

  yield* sql`CREATE TABLE processes (
    id text PRIMARY KEY,
    schema_version integer NOT NULL,
    started_at timestamptz NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL
  )`

  // Identified by a keyed hash: documents, addresses and phones are personal data, and few enough to be guessed by
  // trial.
  yield* sql`CREATE TABLE customer_creations (
    identity text PRIMARY KEY,
    begun_at timestamptz NOT NULL,
    sent_until timestamptz,
    sys_id text
  ) WITH (fillfactor = 50)`
  yield* sql`CREATE TABLE identity_key (key text NOT NULL)`
  yield* sql`INSERT INTO identity_key (key) VALUES (gen_random_uuid()::text || gen_random_uuid()::text)`
})
