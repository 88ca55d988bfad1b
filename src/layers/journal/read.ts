import { Effect, Exit } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import type { Vendor } from "../../domain/communication/Fact.ts"
import { type IndexEntry, indexKey } from "../../domain/inbound/namesOf.ts"
import { logName, originKey, type Origin, readLogName } from "../../domain/record/Origin.ts"
import type { RecordEnding } from "../../services/Ledger.ts"
import type { LookUpCall } from "./lookUp.ts"
import { readFacts } from "./readFacts.ts"

/** Loads the facts of a communication. Facts that cannot be read fail it. */
export const factsIn = (lookUp: LookUpCall) =>
  Effect.fnUntraced(function* (id: string) {
    const [row] = yield* lookUp({ of: "facts", keys: [id] })
    return yield* readFacts(
      id,
      (row?.values ?? []).flatMap((text) => text ?? [])
    )
  })

/*
 * A prepared plan stays in use, even one that was made when the tables were empty. With `LATERAL … LIMIT` no plan can
 * read a whole table: each key is one index lookup.
 */

const FIND = `SELECT u.kind, u.value, c.id FROM unnest($1::text[], $2::text[]) AS u(kind, value) CROSS JOIN LATERAL (
  SELECT id FROM communication_ids k WHERE k.kind = u.kind AND k.value = u.value
  ORDER BY at DESC, id COLLATE "C" DESC LIMIT 1
) c`

const entryKey = (kind: string, value: string) => `${kind} ${value}`

/** Finds the communication of each entry. If several match, the one that was named last. */
export const findIds = Effect.fnUntraced(function* (sql: SqlClient, entries: ReadonlyArray<IndexEntry>) {
  const kinds = entries.map(({ kind }) => kind)
  const values = entries.map(({ value }) => indexKey(value))
  const rows = yield* sql.unsafe<{ kind: string; value: string; id: string }>(FIND, [kinds, values])
  const found = new Map(rows.map(({ kind, value, id }) => [entryKey(kind, value), id]))
  return entries.map(({ kind, value }) => Exit.succeed(found.get(entryKey(kind, indexKey(value)))))
})

/** The columns of an `EndingRow`, of `records` as `r`. In `ORDER BY`, `"offset"` alone would be the text. */
export const endingFields = `r.topic, r.partition, r."offset"::text AS "offset", r.ending, r.id,
  (extract(epoch FROM r.at) * 1000)::float8 AS at, r.written_at::float8 AS written_at, r.digest`

const ENDINGS = `SELECT ${endingFields}
FROM unnest($1::text[], $2::text[], $3::text[]) AS u(topic, partition, "offset") CROSS JOIN LATERAL (
  SELECT * FROM records k
  WHERE k.topic = u.topic AND k.partition = u.partition::integer AND k."offset" = u."offset"::bigint LIMIT 1
) r`

export interface EndingRow {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly ending: RecordEnding["ending"]
  readonly id: string | null
  readonly at: number
  readonly written_at: number | null
  readonly digest: string | null
}

export const toEnding = (row: EndingRow): RecordEnding => {
  const { topic, partition, offset, ending, id, at, written_at: timestamp, digest } = row
  const origin = { ...readLogName(topic), partition, offset: Number(offset) }
  return {
    origin,
    ending,
    at,
    ...(id !== null && { id }),
    ...(timestamp !== null && digest !== null && { mark: { timestamp, digest } })
  }
}

/** Finds the ledger row of each record that has one. */
export const findEndings = Effect.fnUntraced(function* (sql: SqlClient, origins: ReadonlyArray<Origin>) {
  const rows = yield* sql.unsafe<EndingRow>(ENDINGS, [
    origins.map(logName),
    origins.map(({ partition }) => String(partition)),
    origins.map(({ offset }) => String(offset))
  ])
  const found = new Map(rows.map(toEnding).map((ending) => [originKey(ending.origin), ending]))
  return origins.map((origin) => Exit.succeed(found.get(originKey(origin))))
})

const KNOWN = `SELECT c.id FROM unnest($1::text[]) AS u(id) CROSS JOIN LATERAL (
  SELECT id FROM communications k WHERE k.id = u.id LIMIT 1
) c`

/** Whether each id has facts. */
export const knowIds = Effect.fnUntraced(function* (sql: SqlClient, ids: ReadonlyArray<string>) {
  const rows = yield* sql.unsafe<{ id: string }>(KNOWN, [[...new Set(ids)]])
  const known = new Set(rows.map(({ id }) => id))
  return ids.map((id) => Exit.succeed(known.has(id)))
})

const DUE = `SELECT id FROM communications WHERE due <= to_timestamp($1::float8 / 1000)
ORDER BY due, id COLLATE "C" LIMIT $2::integer`

/** Communications that are due, the earliest first. */
export const findDue = (sql: SqlClient, now: number, limit: number) =>
  Effect.map(sql.unsafe<{ id: string }>(DUE, [now, limit]), (rows) => rows.map(({ id }) => id))

/** Communications that wait for this vendor, the longest first. */
export const findHeld = (sql: SqlClient, vendor: Vendor, limit: number) =>
  Effect.map(
    sql.unsafe<{ id: string }>(
      `SELECT id FROM communications WHERE held_${vendor} IS NOT NULL ORDER BY held_${vendor}, id COLLATE "C" LIMIT $1::integer`,
      [limit]
    ),
    (rows) => rows.map(({ id }) => id)
  )

/** Each count reads its own partial index. */
const HELD_COUNT = `SELECT
  (SELECT count(*) FROM communications WHERE held_servicenow IS NOT NULL)::integer AS servicenow,
  (SELECT count(*) FROM communications WHERE held_weni IS NOT NULL)::integer AS weni`

export const countHeld = (sql: SqlClient) =>
  Effect.map(sql.unsafe<Record<Vendor, number>>(HELD_COUNT), ([counts]) => counts ?? { servicenow: 0, weni: 0 })

/** `created_at`, which is indexed, is never after `updated_at`. */
const STALLED = `SELECT id FROM communications
WHERE status = 'working' AND created_at < to_timestamp($1::float8 / 1000) AND updated_at < to_timestamp($1::float8 / 1000)
  AND held_servicenow IS NULL AND held_weni IS NULL
ORDER BY updated_at, id COLLATE "C" LIMIT $2::integer`

/** Stalled communications, the oldest first. */
export const findStalledIds = (sql: SqlClient, before: number, limit: number) =>
  Effect.map(sql.unsafe<{ id: string }>(STALLED, [before, limit]), (rows) => rows.map(({ id }) => id))

/** Limited before it looks for Cases, so that it does not read on if no communication has one. */
const NEWEST_CASES = `SELECT id, journey FROM (
  SELECT id, journey, case_number, created_at FROM communications ORDER BY created_at DESC, id DESC LIMIT $1::integer
) c WHERE case_number IS NOT NULL ORDER BY created_at DESC, id DESC`

/** Those of the newest communications that have a Case, the newest first. */
export const findNewestCases = (sql: SqlClient, limit: number) =>
  sql.unsafe<{ id: string; journey: string }>(NEWEST_CASES, [limit])
