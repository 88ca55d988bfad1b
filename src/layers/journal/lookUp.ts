import { Effect, Exit } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

/** What one call looks up: the rows of one table with these keys. */
export interface LookUp {
  readonly of: "facts" | "forgotten" | "creation"
  readonly keys: ReadonlyArray<string>
}

/** The columns of one row as text, or the texts of all rows of one key of `facts`, in order. */
export interface Found {
  readonly key: string
  readonly values: ReadonlyArray<string | null>
}

/**
 * Reads what the beginning of a communication and of its customer need in one statement, because a round trip costs
 * more than what it reads. Each key is one index lookup, whatever the statistics are, because a plan that was made for
 * an empty table stays in use.
 */
const LOOK_UP = `SELECT 'facts' AS of, u.key, ARRAY(SELECT facts FROM facts WHERE id = u.key ORDER BY seq) AS values
FROM unnest($1::text[]) AS u(key)
UNION ALL
SELECT 'forgotten', u.key, ARRAY[f.hash, f.status, f.number::text, f.erased::text]
FROM unnest($2::text[]) AS u(key) CROSS JOIN LATERAL (SELECT * FROM forgotten k WHERE k.id = u.key LIMIT 1) f
UNION ALL
SELECT 'creation', u.key, ARRAY[(extract(epoch FROM c.begun_at) * 1000)::float8::text,
  (extract(epoch FROM c.sent_until) * 1000)::float8::text, c.sys_id]
FROM unnest($3::text[]) AS u(key) CROSS JOIN LATERAL (
  SELECT * FROM customer_creations k WHERE k.identity = u.key LIMIT 1
) c`

/** Carries out many look-ups in one round trip. A key that does not exist has no row. */
export const lookUpTogether = Effect.fnUntraced(function* (sql: SqlClient, calls: ReadonlyArray<LookUp>) {
  const keysOf = (wanted: LookUp["of"]) => [...new Set(calls.flatMap(({ keys, of }) => (of === wanted ? keys : [])))]
  const rows = yield* sql.unsafe<Found & Pick<LookUp, "of">>(LOOK_UP, [
    keysOf("facts"),
    keysOf("forgotten"),
    keysOf("creation")
  ])
  const found = {
    facts: new Map<string, Found>(),
    forgotten: new Map<string, Found>(),
    creation: new Map<string, Found>()
  }
  for (const row of rows) found[row.of].set(row.key, row)
  return calls.map(({ keys, of }) => Exit.succeed(keys.flatMap((key) => found[of].get(key) ?? [])))
})

export type LookUpCall = (wanted: LookUp) => Effect.Effect<ReadonlyArray<Found>>
