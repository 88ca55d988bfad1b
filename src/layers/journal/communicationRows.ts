import { Effect, Exit } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

const KNOWN = `SELECT id FROM communications WHERE id = ANY($1::text[])`

/** Whether each id has facts. */
export const knowIds = Effect.fnUntraced(function* (sql: SqlClient, ids: ReadonlyArray<string>) {
  const rows = yield* sql.unsafe<{ id: string }>(KNOWN, [[...new Set(ids)]])
  const known = new Set(rows.map(({ id }) => id))
  return ids.map((id) => Exit.succeed(known.has(id)))
})

/** Whose answer one reply may be: candidates of its sender's phone, and how far back. */
export interface Sender {
  readonly phones: ReadonlyArray<string>
  readonly since: number
}

/** Two of each phone, the latest: enough for two of all phones of one sender. */
const AWAITING = `SELECT s.sender::integer AS sender, c.id
FROM unnest($1::text[], $2::text[], $3::text[]) AS s(sender, phone, since) CROSS JOIN LATERAL (
  SELECT id, awaiting_since FROM communications
  WHERE awaiting_phone = s.phone AND awaiting_since >= to_timestamp(s.since::float8 / 1000)
  ORDER BY awaiting_since DESC, id COLLATE "C" DESC LIMIT 2
) c
ORDER BY c.awaiting_since DESC, c.id COLLATE "C" DESC`

/** At most two communications that await an answer of each sender. */
export const findAwaiting = Effect.fnUntraced(function* (sql: SqlClient, senders: ReadonlyArray<Sender>) {
  const candidates = senders.flatMap(({ phones, since }, sender) =>
    [...new Set(phones)].map((phone) => ({ sender, phone, since }))
  )
  const rows = yield* sql.unsafe<{ sender: number; id: string }>(AWAITING, [
    candidates.map(({ sender }) => String(sender)),
    candidates.map(({ phone }) => phone),
    candidates.map(({ since }) => String(since))
  ])
  return senders.map((_, index) =>
    Exit.succeed(rows.flatMap(({ sender, id }) => (sender === index ? [id] : [])).slice(0, 2))
  )
})

const DUE = `SELECT id FROM communications WHERE due <= to_timestamp($1::float8 / 1000)
ORDER BY due, id COLLATE "C" LIMIT $2::integer`

/** Communications that are due, the earliest first. */
export const findDue = (sql: SqlClient, now: number, limit: number) =>
  Effect.map(sql.unsafe<{ id: string }>(DUE, [now, limit]), (rows) => rows.map(({ id }) => id))

/** `created_at`, which the index knows, is never after `updated_at`. */
const STALLED = `SELECT id FROM communications
WHERE status = 'working' AND created_at < to_timestamp($1::float8 / 1000) AND updated_at < to_timestamp($1::float8 / 1000)
ORDER BY updated_at, id COLLATE "C" LIMIT $2::integer`

/** Communications that stand still, the oldest first. */
export const findStalled = (sql: SqlClient, before: number, limit: number) =>
  Effect.map(sql.unsafe<{ id: string }>(STALLED, [before, limit]), (rows) => rows.map(({ id }) => id))
