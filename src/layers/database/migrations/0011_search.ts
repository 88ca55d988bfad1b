import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/**
 * The terms by which operators find communications, and the counts of the overview (docs/database.md). Communications
 * of earlier versions are added to the index after the start. Earlier versions do not write it.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient

  yield* sql`ALTER TABLE communications ADD COLUMN listing text, ADD COLUMN writes integer`
  yield* sql`DROP INDEX communications_working`

  yield* sql`CREATE TABLE search_keys (
    number integer PRIMARY KEY,
    fingerprint text NOT NULL,
    key text,
    at timestamptz NOT NULL
  )`

  // One row for a communication, not for a term: an index that merges pending entries costs least per term.
  yield* sql`CREATE TABLE search_terms (
    id text PRIMARY KEY,
    created_at timestamptz NOT NULL,
    key integer NOT NULL,
    terms text[] COLLATE "C" NOT NULL
  )`
  yield* sql`CREATE INDEX search_terms_terms ON search_terms USING gin (terms) WITH (gin_pending_list_limit = 512)`
  yield* sql`CREATE INDEX search_terms_key ON search_terms (key)`

  yield* sql`CREATE TABLE communication_codigos (
    codigo text NOT NULL,
    created_at timestamptz NOT NULL,
    id text NOT NULL,
    PRIMARY KEY (codigo, created_at, id)
  )`
  yield* sql`CREATE INDEX communication_codigos_id ON communication_codigos (id)`

  yield* sql`CREATE TABLE tallies (
    minute timestamptz NOT NULL,
    process text NOT NULL,
    what text NOT NULL,
    codigo text NOT NULL,
    channel text NOT NULL,
    journey text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (minute, process, what, codigo, channel, journey)
  )`

  yield* sql`ALTER TABLE records ADD COLUMN redriven_at timestamptz`
})
