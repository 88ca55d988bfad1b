import { Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { Json } from "../../domain/Canal.ts"
import type { Claim, ClaimsWanted, OrphansWanted, Parked } from "../../services/Journal.ts"

const COLUMNS = `p.key, p.topic, p.partition, p."offset"::text AS "offset", p.event, p.names,
  (extract(epoch FROM p.at) * 1000)::float8 AS at`

/** The oldest first; events of one time in the order of their records and within these. */
const OLDEST = `ORDER BY p.at, p.topic COLLATE "C", p.partition, p."offset", length(p.key), p.key COLLATE "C"`

/**
 * One look-up in an index for each parked name, whatever the statistics say (`LIMIT` keeps the planner from joining
 * whole tables): it costs what strangers have parked, and no event is read but those that are claimed.
 */
const CLAIMABLE = `WITH known AS (
  SELECT n.key, n.position, c.id FROM parked_names n CROSS JOIN LATERAL (
    SELECT i.id FROM communication_ids i WHERE i.kind = n.kind AND i.value = n.value
    ORDER BY i.at DESC, i.id COLLATE "C" DESC LIMIT 1
  ) c WHERE n.kind NOT IN ('id', 'phone')
  UNION ALL
  SELECT n.key, n.position, c.id FROM parked_names n CROSS JOIN LATERAL (
    SELECT m.id FROM communications m WHERE m.id = n.value LIMIT 1
  ) c WHERE n.kind = 'id'
  UNION ALL
  SELECT n.key, min(n.position), min(c.id) FROM parked_names n CROSS JOIN LATERAL (
    SELECT m.id FROM communications m
    WHERE m.awaiting_phone = n.value AND m.awaiting_since >= to_timestamp($2::float8 / 1000) LIMIT 2
  ) c WHERE n.kind = 'phone' GROUP BY n.key HAVING count(*) = 1
), first AS MATERIALIZED (
  SELECT DISTINCT ON (key) key, id FROM known ORDER BY key, position
)
SELECT ${COLUMNS}, f.id FROM first f JOIN parked p USING (key)
WHERE NOT EXISTS (SELECT FROM unnest($3::text[]) AS e(id) WHERE e.id = f.id)
  AND NOT EXISTS (SELECT FROM unnest($4::text[]) AS e(key) WHERE e.key = f.key)
${OLDEST} LIMIT $1::integer`

/** Ties are the events that were parked with one record. */
const ORPHANS = `SELECT ${COLUMNS} FROM (
  SELECT p.* FROM parked p WHERE p.at < to_timestamp($2::float8 / 1000)
    AND NOT EXISTS (SELECT FROM unnest($3::text[]) AS e(key) WHERE e.key = p.key)
  ORDER BY p.at, p.topic COLLATE "C", p.partition, p."offset" FETCH FIRST ($1::integer) ROWS WITH TIES
) p ${OLDEST}`

interface ParkedRow {
  readonly key: string
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly event: string
  readonly names: string
  readonly at: number
}

const Names = Schema.Array(
  Schema.Struct({
    kind: Schema.Literals(["id", "case_number", "case_sys_id", "message_id", "answer", "phone"]),
    value: Schema.String
  })
)
const decodeNames = Schema.decodeUnknownEffect(Schema.fromJsonString(Names))
const decodeEvent = Schema.decodeUnknownEffect(Schema.fromJsonString(Json))

/** None, and a line in the log, where the row cannot be read any more: it must not hold the others (SPEC 9.5). */
const toParked = ({ key, topic, partition, offset, event, names, at }: ParkedRow) =>
  Effect.all([decodeEvent(event), decodeNames(names)]).pipe(
    Effect.map(([event, names]): ReadonlyArray<Parked> => [
      { key, origin: { topic, partition, offset: Number(offset) }, event, names, parkedAt: at }
    ]),
    Effect.catch(() => Effect.as(Effect.logError(`the parked event ${key} cannot be read: it stays`), []))
  )

/** The oldest parked events whose communication is known, with its id. */
export const findClaimable = Effect.fnUntraced(function* (sql: SqlClient, wanted: ClaimsWanted) {
  const { awaitingSince, except, limit } = wanted
  const rows = yield* sql.unsafe<ParkedRow & { readonly id: string }>(CLAIMABLE, [
    limit,
    awaitingSince,
    except.ids,
    except.keys
  ])
  const claims = yield* Effect.forEach(rows, (row) =>
    Effect.map(toParked(row), (list) => list.map((parked): Claim => ({ parked, id: row.id })))
  )
  return claims.flat()
})

/** The oldest events parked before that time. */
export const findOrphans = Effect.fnUntraced(function* (
  sql: SqlClient,
  { except, limit, parkedBefore }: OrphansWanted
) {
  const rows = yield* sql.unsafe<ParkedRow>(ORPHANS, [limit, parkedBefore, except])
  return (yield* Effect.forEach(rows, toParked)).flat()
})

export const countParked = (sql: SqlClient) =>
  Effect.map(sql.unsafe<{ count: number }>(`SELECT count(*)::integer AS count FROM parked`), ([row]) => row?.count ?? 0)
