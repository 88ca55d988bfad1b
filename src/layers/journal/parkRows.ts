import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { originKey } from "../../domain/Origin.ts"
import type { Ending, Parked } from "../../services/Journal.ts"
import { endingColumns } from "./endingColumns.ts"
import { END } from "./endRows.ts"
import { indexKey } from "./indexKey.ts"

/** One call of `park` on its way, with its events as they will be stored. */
export interface Parking {
  readonly parked: ReadonlyArray<Parked>
  readonly texts: ReadonlyArray<string>
  readonly endings: ReadonlyArray<Ending>
}

/**
 * The ledger decides first: an answer that was lost, or a slower replica, must not bring back an event that has been
 * applied and unparked meanwhile. Sorted, as all statements here, so that two of them never deadlock.
 */
const PARK = `WITH ended AS (${END}
  RETURNING topic, partition, "offset"
), kept AS (
  INSERT INTO parked (key, topic, partition, "offset", event, names, at)
  SELECT p.key, p.topic, p.partition::integer, p."offset"::bigint, p.event, p.names, to_timestamp(p.at::float8 / 1000)
  FROM unnest($7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
    AS p(key, topic, partition, "offset", event, names, at, ends)
  WHERE NOT p.ends::boolean OR EXISTS (SELECT FROM ended e
    WHERE e.topic = p.topic AND e.partition = p.partition::integer AND e."offset" = p."offset"::bigint)
  ORDER BY p.key
  ON CONFLICT DO NOTHING
  RETURNING key
)
INSERT INTO parked_names (kind, value, key, position)
SELECT n.kind, n.value, n.key, n.position::integer
FROM unnest($15::text[], $16::text[], $17::text[], $18::text[]) AS n(kind, value, key, position) JOIN kept USING (key)
ORDER BY n.kind, n.value, n.key, n.position::integer
ON CONFLICT DO NOTHING`

/** The first of each key, with its text, and whether its own call ends its record. */
const distinct = (calls: ReadonlyArray<Parking>) => {
  const rows = new Map<string, { readonly parked: Parked; readonly text: string; readonly ends: boolean }>()
  for (const { parked, texts, endings } of calls) {
    const ended = new Set(endings.map(({ origin }) => originKey(origin)))
    for (const [index, one] of parked.entries()) {
      if (rows.has(one.key)) continue
      rows.set(one.key, { parked: one, text: texts[index] ?? "{}", ends: ended.has(originKey(one.origin)) })
    }
  }
  return [...rows.values()]
}

/** Parks the events and ends the records of many calls in one commit. Safe to repeat. */
export const parkRows = Effect.fnUntraced(function* (sql: SqlClient, calls: ReadonlyArray<Parking>) {
  const rows = distinct(calls)
  const names = rows.flatMap(({ parked }) => parked.names.map((name, position) => ({ ...name, position, parked })))
  yield* sql.unsafe(PARK, [
    ...endingColumns(calls.flatMap(({ endings }) => endings)),
    rows.map(({ parked }) => parked.key),
    rows.map(({ parked }) => parked.origin.topic),
    rows.map(({ parked }) => String(parked.origin.partition)),
    rows.map(({ parked }) => String(parked.origin.offset)),
    rows.map(({ text }) => text),
    rows.map(({ parked }) => JSON.stringify(parked.names)),
    rows.map(({ parked }) => String(parked.parkedAt)),
    rows.map(({ ends }) => String(ends)),
    names.map(({ kind }) => kind),
    names.map(({ value }) => indexKey(value)),
    names.map(({ parked }) => parked.key),
    names.map(({ position }) => String(position))
  ])
})
