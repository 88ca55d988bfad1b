import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { erasedId } from "../../domain/personal/erasedId.ts"
import type { Forgotten, Idle } from "../../services/Journal.ts"
import type { LookUpCall } from "./lookUp.ts"

const IDLE = `SELECT id, seq, (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt" FROM communications
WHERE created_at < to_timestamp($1::float8 / 1000) AND updated_at < to_timestamp($1::float8 / 1000) AND due IS NULL
  AND held_servicenow IS NULL AND held_weni IS NULL
  AND (created_at, id) > (to_timestamp($2::float8 / 1000), $3)
ORDER BY created_at, id LIMIT $4::integer`

/**
 * Finds communications without a new fact, by the index on their creation time. An idle communication was also created
 * before that time.
 */
export const findIdle = (sql: SqlClient, before: number, limit: number, after?: Idle) =>
  sql.unsafe<Idle>(IDLE, [before, after?.createdAt ?? 0, after?.id ?? "", limit])

/**
 * The fence of appends in reverse. A communication with a fact since then stays, and so does one whose row is locked,
 * because a writer is at work on it.
 */
const PARTS = `WITH old AS (
  SELECT c.id, nullif(u.hash, '') AS hash, u.status, u.number::integer AS number, u.kept, u.erased::boolean AS erased
  FROM communications c JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS u(id, seq, hash, status, number, kept, erased) ON c.id = u.id AND c.seq = u.seq::integer
  ORDER BY c.id FOR UPDATE OF c SKIP LOCKED
), kept AS (
  INSERT INTO forgotten AS f (id, hash, status, number, at, erased)
  SELECT old.kept, coalesce(old.hash, p.hash),
    CASE WHEN old.hash IS NULL AND p.hash IS NOT NULL THEN p.status ELSE old.status END,
    CASE WHEN old.hash IS NULL AND p.hash IS NOT NULL THEN p.number ELSE old.number END, now(), old.erased
  FROM old LEFT JOIN forgotten p ON p.id = old.id ORDER BY old.kept
  ON CONFLICT (id) DO UPDATE SET hash = EXCLUDED.hash, status = EXCLUDED.status, number = EXCLUDED.number, at = EXCLUDED.at,
    erased = EXCLUDED.erased OR f.erased
), replaced AS (
  DELETE FROM forgotten USING old WHERE forgotten.id = old.id AND old.kept <> old.id
), names AS (
  DELETE FROM communication_ids USING old WHERE communication_ids.id = old.id
), terms AS (
  DELETE FROM search_terms USING old WHERE search_terms.id = old.id
), codigos AS (
  DELETE FROM communication_codigos USING old WHERE communication_codigos.id = old.id
), texts AS (
  DELETE FROM facts USING old WHERE facts.id = old.id
), views AS (
  DELETE FROM communications USING old WHERE communications.id = old.id
)`

const COUNT = "SELECT count(*)::integer AS count FROM old"

export const FORGET = `${PARTS} ${COUNT}`

/** The columns that hold an id outside its communication's own rows. */
const places = [
  ["records", "id"],
  ["operations", "target"],
  ["operation_items", "id"],
  ["operation_failures", "id"]
] as const

const renameAll = places
  .map(
    ([table, column]) => `renamed_${table} AS (
  UPDATE ${table} t SET ${column} = old.kept FROM old WHERE t.${column} = old.id AND old.kept <> old.id
)`
  )
  .join(", ")

/** Also replaces ids that hold personal data. They are few and no index leads to them, so this reads the whole ledger. */
const FORGET_AND_RENAME = `${PARTS}, ${renameAll} ${COUNT}`

const isRenamed = ({ erased, id }: Forgotten): boolean => erased === true && erasedId(id) !== id

/** Deletes communications, all or nothing. Returns how many. */
export const forgetRows = (sql: SqlClient, forgotten: ReadonlyArray<Forgotten & Pick<Idle, "seq">>) =>
  Effect.map(
    sql.unsafe<{ count: number }>(forgotten.some(isRenamed) ? FORGET_AND_RENAME : FORGET, [
      forgotten.map(({ id }) => id),
      forgotten.map(({ seq }) => String(seq)),
      forgotten.map(({ hash }) => hash ?? ""),
      forgotten.map(({ status }) => status),
      forgotten.map(({ number }) => String(number)),
      forgotten.map(({ erased, id }) => (erased === true ? erasedId(id) : id)),
      forgotten.map(({ erased }) => String(erased === true))
    ]),
    ([row]) => row?.count ?? 0
  )

/** Selects by offset, not by time. The oldest rows come first in the key, so no young row is read. */
const PRUNE = `WITH oldest AS (
  SELECT l.topic, l.partition, r."offset", r.at FROM ledger l CROSS JOIN LATERAL (
    SELECT "offset", at FROM records
    WHERE records.topic = l.topic AND records.partition = l.partition AND records."offset" < l.next
    ORDER BY "offset" LIMIT $2::integer
  ) r
), pruned AS (
  DELETE FROM records USING oldest o
  WHERE o.at < to_timestamp($1::float8 / 1000)
    AND records.topic = o.topic AND records.partition = o.partition AND records."offset" = o."offset"
  RETURNING 1
)
SELECT count(*)::integer AS count FROM pruned`

/** Deletes old rows of the ledger that the audit has counted. Returns how many. */
export const pruneRows = (sql: SqlClient, before: number, limit: number) =>
  Effect.map(sql.unsafe<{ count: number }>(PRUNE, [before, limit]), ([row]) => row?.count ?? 0)

/** Finds what remains of a communication. */
export const forgottenIn = (lookUp: LookUpCall) => (id: string) =>
  Effect.map(lookUp({ of: "forgotten", keys: [...new Set([id, erasedId(id)])] }), ([row]): Forgotten | undefined => {
    if (row === undefined) return undefined
    const [hash, status, number, erased] = row.values
    return {
      id,
      status: status ?? "",
      number: Number(number),
      ...(typeof hash === "string" && { hash }),
      ...(erased === "true" && { erased: true })
    }
  })
