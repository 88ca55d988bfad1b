import type { SqlClient } from "effect/sql/SqlClient"

import type { Origin } from "../../domain/Origin.ts"

/** One call of `unpark` on its way. */
export interface Unparking {
  readonly keys: ReadonlyArray<string>
  readonly deadLetters: ReadonlyArray<Origin>
}

/** Rows are locked in one order, so that two of these never deadlock. */
const UNPARK = `WITH gone AS MATERIALIZED (
  SELECT key FROM parked WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE
), unnamed AS (
  DELETE FROM parked_names n USING gone WHERE n.key = gone.key
), dead AS MATERIALIZED (
  SELECT r.topic, r.partition, r."offset" FROM records r
  JOIN unnest($2::text[], $3::text[], $4::text[]) AS d(topic, partition, "offset")
  ON r.topic = d.topic AND r.partition = d.partition::integer AND r."offset" = d."offset"::bigint
  ORDER BY 1, 2, 3 FOR UPDATE OF r
), told AS (
  UPDATE records r SET ending = 'dead_letter' FROM dead d
  WHERE r.topic = d.topic AND r.partition = d.partition AND r."offset" = d."offset"
)
DELETE FROM parked p USING gone WHERE p.key = gone.key`

/** Deletes parked events with their names, and says in the ledger which of their records have a dead letter. */
export const unparkRows = (sql: SqlClient, calls: ReadonlyArray<Unparking>) => {
  const dead = calls.flatMap(({ deadLetters }) => deadLetters)
  return sql.unsafe(UNPARK, [
    [...new Set(calls.flatMap(({ keys }) => keys))],
    dead.map(({ topic }) => topic),
    dead.map(({ partition }) => String(partition)),
    dead.map(({ offset }) => String(offset))
  ])
}
