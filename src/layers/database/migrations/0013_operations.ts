import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** The operations of operators, with their remaining items. Earlier versions use none of it. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE operations (
    id text PRIMARY KEY,
    action text NOT NULL,
    operator text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    target text,
    state text NOT NULL,
    total integer NOT NULL,
    done integer NOT NULL,
    next_position bigint NOT NULL,
    ended_at timestamptz
  )`
  yield* sql`CREATE INDEX operations_at ON operations (at, id COLLATE "C")`
  yield* sql`CREATE INDEX operations_running ON operations (at) WHERE state = 'running'`
  yield* sql`CREATE TABLE operation_items (
    operation text NOT NULL REFERENCES operations ON DELETE CASCADE,
    position bigint NOT NULL,
    id text NOT NULL,
    due timestamptz NOT NULL,
    PRIMARY KEY (operation, position)
  )`
  yield* sql`CREATE TABLE operation_failures (
    operation text NOT NULL REFERENCES operations ON DELETE CASCADE,
    position bigint NOT NULL,
    id text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (operation, position)
  )`
})
