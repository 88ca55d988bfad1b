import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** The journal: the facts, their read model, the index of names and the ledger of records (docs/database.md). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient

  yield* sql`CREATE TABLE facts (
    id text NOT NULL,
    seq integer NOT NULL,
    token text NOT NULL,
    facts text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id, seq)
  )`

  // Every append updates a row here. Free space in the page keeps those updates out of the indexes.
  yield* sql`CREATE TABLE communications (
    id text PRIMARY KEY,
    seq integer NOT NULL,
    journey text NOT NULL,
    status text NOT NULL,
    case_number text,
    case_sys_id text,
    in_doubt boolean NOT NULL,
    due timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
  ) WITH (fillfactor = 70)`
  yield* sql`CREATE INDEX communications_in_doubt ON communications (id) WHERE in_doubt`
  yield* sql`CREATE INDEX communications_due ON communications (due) WHERE due IS NOT NULL`
  yield* sql`CREATE INDEX communications_case_number ON communications (case_number) WHERE case_number IS NOT NULL`

  yield* sql`CREATE TABLE communication_ids (
    kind text NOT NULL,
    value text NOT NULL,
    id text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (kind, value, id)
  )`

  yield* sql`CREATE TABLE records (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    ending text NOT NULL,
    id text,
    at timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, "offset")
  )`
})
