import { Effect, Exit } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { type EventName, indexKey } from "../../domain/inbound/namesOf.ts"
import { type Bearer, type KnownMessage, mostBearers } from "../../domain/inbound/whose.ts"

/**
 * What one event asks for: the communications that bear its names. A phone counts from `since` on, epoch milliseconds.
 */
export interface NamesWanted {
  readonly names: ReadonlyArray<EventName>
  readonly since: number
}

/**
 * One index lookup for each name, whatever the statistics are: with `LATERAL … LIMIT` no plan can read a whole table.
 * The numbers of a communication are found by its id alone, because a plan by their kind would read those of all.
 */
const BEARERS = `WITH asked AS MATERIALIZED (
  SELECT n.call, n.position, n.kind, n.value, to_timestamp(n.since::float8 / 1000) AS since
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS n(call, position, kind, value, since)
), bearers AS (
  SELECT a.call, a.position, i.id FROM asked a CROSS JOIN LATERAL (
    SELECT k.id FROM communication_ids k WHERE k.kind = a.kind AND k.value = a.value
    ORDER BY k.at DESC, k.id COLLATE "C" DESC LIMIT ${mostBearers}
  ) i WHERE a.kind NOT IN ('id', 'phone')
  UNION ALL
  SELECT a.call, a.position, a.value FROM asked a WHERE a.kind = 'id'
  UNION ALL
  SELECT a.call, a.position, p.id FROM asked a CROSS JOIN LATERAL (
    SELECT k.id FROM communications k WHERE k.phone = a.value AND coalesce(k.answered_at, k.sent_at) >= a.since
    ORDER BY coalesce(k.answered_at, k.sent_at) DESC, k.id COLLATE "C" DESC LIMIT ${mostBearers}
  ) p WHERE a.kind = 'phone'
)
SELECT b.call::integer AS call, b.position::integer AS position, c.*, (
  SELECT array_agg(n.value) FROM (
    SELECT k.value FROM communication_ids k WHERE k.id = c.id AND k.kind || '' = 'business' LIMIT ${mostBearers}
  ) n
) AS businesses
FROM bearers b CROSS JOIN LATERAL (
  SELECT id, case_number, case_sys_id, phone, (extract(epoch FROM sent_at) * 1000)::float8 AS sent_at,
    (extract(epoch FROM answered_at) * 1000)::float8 AS answered_at, known_message, undelivered
  FROM communications k WHERE k.id = b.id LIMIT 1
) c`

interface BearerRow {
  readonly call: number
  readonly position: number
  readonly id: string
  readonly case_number: string | null
  readonly case_sys_id: string | null
  readonly phone: string | null
  readonly sent_at: number | null
  readonly answered_at: number | null
  readonly known_message: KnownMessage | null
  readonly undelivered: boolean
  readonly businesses: ReadonlyArray<string> | null
}

const toBearer = (row: BearerRow, names: ReadonlyArray<EventName>): Bearer => ({
  id: row.id,
  names,
  ...(row.case_number !== null && { caseNumber: row.case_number }),
  ...(row.case_sys_id !== null && { caseSysId: row.case_sys_id }),
  ...(row.phone !== null && { phone: row.phone }),
  ...(row.sent_at !== null && { sentAt: row.sent_at }),
  ...(row.answered_at !== null && { answeredAt: row.answered_at }),
  ...(row.known_message !== null && { knownMessage: row.known_message }),
  ...(row.undelivered && { undelivered: true }),
  businesses: row.businesses ?? []
})

/** Finds the communications that bear the names of each event, each communication once. */
export const findBearers = Effect.fnUntraced(function* (sql: SqlClient, calls: ReadonlyArray<NamesWanted>) {
  const asked = calls.flatMap(({ names, since }, call) =>
    names.map((name, position) => ({ call, position, name, since }))
  )
  const rows = yield* sql.unsafe<BearerRow>(BEARERS, [
    asked.map(({ call }) => String(call)),
    asked.map(({ position }) => String(position)),
    asked.map(({ name }) => name.kind),
    asked.map(({ name }) => (name.kind === "id" ? name.value : indexKey(name.value))),
    asked.map(({ since }) => String(since))
  ])
  const byCall = Map.groupBy(rows, ({ call }) => call)
  return calls.map(({ names }, call) => {
    const own = Map.groupBy(byCall.get(call) ?? [], ({ id }) => id)
    return Exit.succeed(
      [...own.values()].flatMap(([first, ...others]) =>
        first === undefined
          ? []
          : [
              toBearer(
                first,
                [first, ...others].flatMap(({ position }) => names[position] ?? [])
              )
            ]
      )
    )
  })
})

/** The order keeps the planner from reading the table until it finds a row. */
const BUSINESS = `SELECT
  (SELECT true FROM communication_ids WHERE kind = 'business' AND value = $1 ORDER BY kind, value, id LIMIT 1) AS this,
  (SELECT true FROM communication_ids WHERE kind = 'business' ORDER BY kind, value LIMIT 1) AS any`

/** Whether communications name this business number, only others, or none. */
export const knowBusiness = (sql: SqlClient, value: string) =>
  Effect.map(sql.unsafe<{ this: boolean | null; any: boolean | null }>(BUSINESS, [indexKey(value)]), ([row]) =>
    row?.this === true ? ("this" as const) : row?.any === true ? ("other" as const) : ("none" as const)
  )
