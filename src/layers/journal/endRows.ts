import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import type { Ending } from "../../services/Journal.ts"
import { endingColumns } from "./endingColumns.ts"

/** With the columns of `endingColumns` as $1 to $6. */
export const END = `INSERT INTO records (topic, partition, "offset", ending, id, at)
SELECT topic, partition::integer, "offset"::bigint, ending, nullif(id, ''), to_timestamp(at::float8 / 1000)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
  AS e(topic, partition, "offset", ending, id, at)
ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING`

/** Adds rows to the ledger; a record that has one keeps it. */
export const endRows = Effect.fnUntraced(function* (sql: SqlClient, endings: ReadonlyArray<Ending>) {
  if (endings.length > 0) yield* sql.unsafe(END, endingColumns(endings))
})
