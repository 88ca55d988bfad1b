import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { indexKey } from "../../domain/inbound/namesOf.ts"
import { logName } from "../../domain/record/Origin.ts"
import type { Append } from "../../services/Journal.ts"
import type { RecordEnding } from "../../services/Ledger.ts"
import { searchParameters, searchParts, searchWidth } from "./searchRows.ts"
import { tallyParameters, tallyParts, tallyWidth } from "./tallyRows.ts"

/**
 * One pending append. `token` distinguishes its own row from another writer's. `facts`, `listing` and `terms` are the
 * texts that will be stored.
 */
export interface AppendRow {
  readonly append: Append
  readonly token: string
  readonly facts: string
  readonly listing: string
  /** `storedTerms`, under the key of this number. */
  readonly terms: string
  readonly key: number
}

/** Columns in the order of the statement's parameters in `appendRows`. `""` stands for an absent value. */
const appendColumns = (rows: ReadonlyArray<AppendRow>): ReadonlyArray<ReadonlyArray<string>> => [
  rows.map(({ append }) => append.id),
  rows.map(({ append }) => String(append.seq)),
  rows.map(({ append }) => String(append.facts.length)),
  rows.map(({ token }) => token),
  rows.map(({ facts }) => facts),
  rows.map(({ append }) => append.view.journey),
  rows.map(({ append }) => append.view.status),
  rows.map(({ append }) => append.view.caseNumber ?? ""),
  rows.map(({ append }) => append.view.caseSysId ?? ""),
  rows.map(({ append }) => String(append.view.inDoubt)),
  rows.map(({ append }) => String(append.view.due ?? "")),
  rows.map(({ append }) => append.view.addressee?.phone ?? ""),
  rows.map(({ append }) => String(append.view.addressee?.sentAt ?? "")),
  rows.map(({ append }) => String(append.view.updatedAt)),
  rows.map(({ append }) => String(append.view.held?.servicenow ?? "")),
  rows.map(({ append }) => String(append.view.held?.weni ?? "")),
  rows.map(({ append }) => String(append.view.addressee?.answeredAt ?? "")),
  rows.map(({ append }) => append.view.addressee?.knownMessage ?? ""),
  rows.map(({ append }) => String(append.view.addressee?.undelivered ?? false)),
  rows.map(({ listing }) => listing),
  rows.map(({ append }) => String(append.view.writes ?? "")),
  rows.map(({ append: { view } }) => String(view.createdAt ?? view.updatedAt))
]

/** Columns `writer, id, kind, value` of the new names. */
const nameColumns = (rows: ReadonlyArray<AppendRow>): ReadonlyArray<ReadonlyArray<string>> => {
  const names = rows.flatMap(({ append: { id, index } }) => index.map((entry) => ({ id, ...entry, writer: id })))
  return [
    names.map(({ writer }) => writer),
    names.map(({ id }) => id),
    names.map(({ kind }) => kind),
    names.map(({ value }) => indexKey(value))
  ]
}

/** The endings of one append, with the id of the communication that brings them. */
const endingsOf = (append: Append): ReadonlyArray<{ readonly writer: string; readonly ending: RecordEnding }> =>
  append.endings.map((ending) => ({ writer: append.id, ending }))

/**
 * Columns `topic, partition, offset, ending, id, at, written_at, digest` as text arrays. `""` stands for an absent value.
 */
export const endingColumns = (endings: ReadonlyArray<RecordEnding>): ReadonlyArray<ReadonlyArray<string>> => [
  endings.map(({ origin }) => logName(origin)),
  endings.map(({ origin }) => String(origin.partition)),
  endings.map(({ origin }) => String(origin.offset)),
  endings.map(({ ending }) => ending),
  endings.map(({ id }) => id ?? ""),
  endings.map(({ at }) => String(at)),
  endings.map(({ mark }) => String(mark?.timestamp ?? "")),
  endings.map(({ mark }) => mark?.digest ?? "")
]

/**
 * Many appends of different ids. The row of the read model is the fence: once the statement holds its lock, the row
 * must be exactly at the writer's position. A writer that is behind or ahead loses, and so does a writer whose
 * communication was deleted meanwhile. Only the first append creates the row, and never for an erased communication: a
 * writer that read before the erasure would begin it again. The statement still sees a row that an erasure deletes
 * while it runs. Everything is sorted so that two such statements never deadlock: each locks all known rows before it
 * inserts one.
 */
export const APPEND_PARTS = `input AS MATERIALIZED (
  SELECT id, seq::integer, length::integer, token, facts, journey, status, nullif(case_number, '') AS case_number,
    nullif(case_sys_id, '') AS case_sys_id, in_doubt::boolean, to_timestamp(nullif(due, '')::float8 / 1000) AS due,
    nullif(phone, '') AS phone, to_timestamp(nullif(sent, '')::float8 / 1000) AS sent,
    to_timestamp(at::float8 / 1000) AS at,
    to_timestamp(nullif(held_servicenow, '')::float8 / 1000) AS held_servicenow,
    to_timestamp(nullif(held_weni, '')::float8 / 1000) AS held_weni,
    to_timestamp(nullif(answered, '')::float8 / 1000) AS answered, nullif(known_message, '') AS known_message,
    undelivered::boolean, nullif(listing, '') AS listing, nullif(writes, '')::integer AS writes,
    to_timestamp(created::float8 / 1000) AS created
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],
    $18::text[], $19::text[], $20::text[], $21::text[], $22::text[])
    AS u(id, seq, length, token, facts, journey, status, case_number, case_sys_id, in_doubt, due, phone, sent, at,
      held_servicenow, held_weni, answered, known_message, undelivered, listing, writes, created)
), locked AS MATERIALIZED (
  SELECT h.id FROM (SELECT id, seq FROM input WHERE seq > 0 ORDER BY id) i CROSS JOIN LATERAL (
    SELECT c.id FROM communications c WHERE c.id = i.id AND c.seq = i.seq FOR NO KEY UPDATE
  ) h
), advanced AS (
  INSERT INTO communications
    (id, seq, journey, status, case_number, case_sys_id, in_doubt, due, phone, sent_at, answered_at, known_message, undelivered,
     held_servicenow, held_weni, listing, listed, writes, created_at, updated_at)
  SELECT id, seq + length, journey, status, case_number, case_sys_id, in_doubt, due, phone, sent, answered, known_message, undelivered,
    held_servicenow, held_weni, listing, listing IS NOT NULL, writes, created, at
  FROM input JOIN locked USING (id)
  ORDER BY id
  ON CONFLICT (id) DO UPDATE SET seq = EXCLUDED.seq, journey = EXCLUDED.journey, status = EXCLUDED.status,
    case_number = EXCLUDED.case_number, case_sys_id = EXCLUDED.case_sys_id, in_doubt = EXCLUDED.in_doubt,
    due = EXCLUDED.due, phone = EXCLUDED.phone, sent_at = EXCLUDED.sent_at, answered_at = EXCLUDED.answered_at,
    known_message = EXCLUDED.known_message, undelivered = EXCLUDED.undelivered, held_servicenow = EXCLUDED.held_servicenow, held_weni = EXCLUDED.held_weni, listing = EXCLUDED.listing, listed = EXCLUDED.listed, writes = EXCLUDED.writes, updated_at = EXCLUDED.updated_at
  RETURNING id, created_at
), started AS (
  INSERT INTO communications
    (id, seq, journey, status, case_number, case_sys_id, in_doubt, due, phone, sent_at, answered_at, known_message, undelivered,
     held_servicenow, held_weni, listing, listed, writes, created_at, updated_at)
  SELECT id, length, journey, status, case_number, case_sys_id, in_doubt, due, phone, sent, answered, known_message, undelivered,
    held_servicenow, held_weni, listing, listing IS NOT NULL, writes, created, at
  FROM input WHERE seq = 0 AND (SELECT count(*) FROM locked) >= 0
    AND NOT EXISTS (SELECT FROM communications c WHERE c.id = input.id)
    AND NOT EXISTS (
      SELECT FROM forgotten f
      WHERE f.id IN (input.id, 'sha256:' || encode(sha256(convert_to(input.id, 'UTF8')), 'hex')) AND f.erased
    )
  ORDER BY id
  ON CONFLICT (id) DO NOTHING
  RETURNING id, created_at
), written AS (
  SELECT id, created_at FROM advanced UNION ALL SELECT id, created_at FROM started
), won AS (
  INSERT INTO facts (id, seq, token, facts, at)
  SELECT id, seq, token, facts, at FROM input JOIN written USING (id)
  ORDER BY id
  RETURNING id
), named AS (
  INSERT INTO communication_ids (kind, value, id, at)
  SELECT n.kind, n.value, n.id, input.at
  FROM unnest($23::text[], $24::text[], $25::text[], $26::text[]) AS n(writer, id, kind, value)
  JOIN won ON won.id = n.writer JOIN input ON input.id = n.writer
  ORDER BY n.kind, n.value, n.id
  ON CONFLICT DO NOTHING
), ended AS (
  INSERT INTO records (topic, partition, "offset", ending, id, at, written_at, digest)
  SELECT e.topic, e.partition::integer, e."offset"::bigint, e.ending, nullif(e.id, ''), to_timestamp(e.at::float8 / 1000),
    nullif(e.written_at, '')::bigint, nullif(e.digest, '')
  FROM unnest($27::text[], $28::text[], $29::text[], $30::text[], $31::text[], $32::text[], $33::text[], $34::text[],
    $35::text[]) AS e(writer, topic, partition, "offset", ending, id, at, written_at, digest)
  JOIN won ON won.id = e.writer
  ORDER BY 1, 2, 3
  ON CONFLICT DO NOTHING
), ${searchParts(36)}, ${tallyParts(36 + searchWidth)}`

/** The number of parameters of `APPEND_PARTS`. */
export const appendWidth = 35 + searchWidth + tallyWidth

/** Rows of ours that an earlier attempt committed before its answer was lost. */
const OWN = `SELECT f.id FROM facts f
JOIN unnest($1::text[], $2::text[], $3::text[]) AS u(id, seq, token)
ON f.id = u.id AND f.seq = u.seq::integer AND f.token = u.token`

/** Finds those of these appends that an earlier attempt committed. */
export const ownRows = (sql: SqlClient, rows: ReadonlyArray<AppendRow>) => {
  const [ids, seqs] = appendColumns(rows)
  return sql.unsafe<{ id: string }>(OWN, [ids, seqs, rows.map(({ token }) => token)])
}

/** The parameters of `APPEND_PARTS`. `writer` names this process in the tallies. */
export const appendParameters = (rows: ReadonlyArray<AppendRow>, writer: string): ReadonlyArray<unknown> => {
  const endings = rows.flatMap(({ append }) => endingsOf(append))
  return [
    ...appendColumns(rows),
    ...nameColumns(rows),
    endings.map(({ writer }) => writer),
    ...endingColumns(endings.map(({ ending }) => ending)),
    ...searchParameters(rows),
    ...tallyParameters(rows, writer)
  ]
}

/** Takes the columns of `endingColumns` as $1 to $8. */
export const END = `INSERT INTO records (topic, partition, "offset", ending, id, at, written_at, digest)
SELECT topic, partition::integer, "offset"::bigint, ending, nullif(id, ''), to_timestamp(at::float8 / 1000),
  nullif(written_at, '')::bigint, nullif(digest, '')
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
  AS e(topic, partition, "offset", ending, id, at, written_at, digest)
ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING`

/** Adds rows to the ledger. A record that has a row keeps it. */
export const endRows = Effect.fnUntraced(function* (sql: SqlClient, endings: ReadonlyArray<RecordEnding>) {
  if (endings.length > 0) yield* sql.unsafe(END, endingColumns(endings))
})
