import type { Tally } from "../../domain/views/tallies.ts"
import type { Append } from "../../services/Journal.ts"

/** The number of parameters of `tallyParts`. */
export const tallyWidth = 6

/**
 * What an append counts. Joins `input` and `won` of `APPEND_PARTS`. Only this writer changes its own counts, so no statement
 * waits for another one over them. The parameters begin at `$first`.
 */
export const tallyParts = (first: number): string => {
  const at = (index: number) => `$${first + index}`
  return `tallied AS (
  INSERT INTO tallies AS t (minute, process, what, codigo, channel, journey, count)
  SELECT date_trunc('minute', input.at), ${at(5)}, n.what, n.codigo, n.channel, n.journey, count(*)
  FROM unnest(${[0, 1, 2, 3, 4].map((index) => `${at(index)}::text[]`).join(", ")})
    AS n(id, what, codigo, channel, journey) JOIN won USING (id) JOIN input USING (id)
  GROUP BY 1, 3, 4, 5, 6
  ORDER BY 1, 3, 4, 5, 6
  ON CONFLICT (minute, process, what, codigo, channel, journey) DO UPDATE SET count = t.count + EXCLUDED.count
)`
}

/** The columns `what, codigo, channel, journey` of counts. */
export const tallyColumns = (tallies: ReadonlyArray<Tally>): ReadonlyArray<ReadonlyArray<string>> => [
  tallies.map(({ what }) => what),
  tallies.map(({ codigo }) => codigo),
  tallies.map(({ channel }) => channel),
  tallies.map(({ journey }) => journey)
]

/** The parameters of `tallyParts`. */
export const tallyParameters = (
  rows: ReadonlyArray<{ readonly append: Append }>,
  writer: string
): ReadonlyArray<unknown> => {
  const counted = rows.flatMap(({ append: { id, tallies = [] } }) => tallies.map((tally) => ({ id, tally })))
  return [counted.map(({ id }) => id), ...tallyColumns(counted.map(({ tally }) => tally)), writer]
}
