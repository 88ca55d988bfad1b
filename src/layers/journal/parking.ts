import { Effect, Exit, Schema } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { indexKey, type ParkedName } from "../../domain/inbound/namesOf.ts"
import { Json } from "../../domain/record/ChannelResult.ts"
import { logName, originKey, type Origin, readLogName } from "../../domain/record/Origin.ts"
import type { RecordEnding } from "../../services/Ledger.ts"
import {
  type LeftOfRecord,
  type MatchedParkedEvent,
  type MatchesWanted,
  type OrphansWanted,
  type Parked,
  ParkedEvents,
  type ParkedPosition
} from "../../services/ParkedEvents.ts"
import { databaseSpan } from "../../telemetry/databaseSpan.ts"
import { endingColumns, END } from "./append.ts"
import { BATCH, BATCH_LENGTH, type SqlAccess } from "./sqlAccess.ts"

const COLUMNS = `p.key, p.topic, p.partition, p."offset"::text AS "offset", p.event, p.names,
  (extract(epoch FROM p.at) * 1000)::float8 AS at`

/** The oldest first. Events of the same time follow the order of their records and their own order within these. */
const OLDEST = `ORDER BY p.at, p.topic COLLATE "C", p.partition, p."offset", length(p.key), p.key COLLATE "C"`

/**
 * Looks each parked name up in an index, whatever the statistics are. `LIMIT` keeps the planner from joining whole
 * tables. The cost grows with the number of events that strangers have parked, and only the matched events are read.
 */
const CLAIMABLE = `WITH known AS (
  SELECT n.key, n.position, c.id FROM parked_names n CROSS JOIN LATERAL (
    SELECT i.id FROM communication_ids i WHERE i.kind = n.kind AND i.value = n.value
    ORDER BY i.at DESC, i.id COLLATE "C" DESC LIMIT 1
  ) c WHERE n.kind NOT IN ('id', 'phone', 'record', 'refused')
  UNION ALL
  SELECT n.key, n.position, c.id FROM parked_names n CROSS JOIN LATERAL (
    SELECT m.id FROM communications m WHERE m.id = n.value LIMIT 1
  ) c WHERE n.kind = 'id'
  UNION ALL
  SELECT n.key, n.position, c.id FROM parked_names n CROSS JOIN LATERAL (
    SELECT m.id FROM communications m
    WHERE m.phone = n.value AND coalesce(m.answered_at, m.sent_at) >= to_timestamp($2::float8 / 1000)
    ORDER BY coalesce(m.answered_at, m.sent_at) DESC, m.id COLLATE "C" DESC LIMIT 1
  ) c WHERE n.kind = 'phone'
), first AS MATERIALIZED (
  SELECT DISTINCT ON (key) key, id FROM known ORDER BY key, position
)
SELECT ${COLUMNS}, f.id FROM first f JOIN parked p USING (key)
WHERE NOT EXISTS (SELECT FROM unnest($3::text[]) AS e(id) WHERE e.id = f.id)
  AND NOT EXISTS (SELECT FROM unnest($4::text[]) AS e(key) WHERE e.key = f.key)
  AND NOT EXISTS (SELECT FROM communications h WHERE h.id = f.id AND h.held_servicenow IS NOT NULL)
${OLDEST} LIMIT $1::integer`

/**
 * Ties are the events that were parked with one record. Each row's own names are looked up in an index, whatever the
 * statistics are.
 */
const ORPHANS = `SELECT ${COLUMNS} FROM (
  SELECT p.* FROM parked p WHERE p.at < to_timestamp($2::float8 / 1000)
    AND NOT EXISTS (SELECT FROM unnest($3::text[]) AS e(key) WHERE e.key = p.key)
    AND NOT ($4::boolean AND coalesce((SELECT true FROM
      (SELECT n.kind, n.value FROM parked_names n WHERE n.key = p.key OFFSET 0) n CROSS JOIN LATERAL (
        SELECT FROM communications c WHERE c.id = n.value LIMIT 1
      ) c WHERE n.kind = 'id' LIMIT 1), false))
  ORDER BY p.at, p.topic COLLATE "C", p.partition, p."offset" FETCH FIRST ($1::integer) ROWS WITH TIES
) p ${OLDEST}`

/** One page, by time and key. */
const PAGE = `SELECT ${COLUMNS} FROM parked p
WHERE p.at >= to_timestamp($2::float8 / 1000) AND (p.at, p.key COLLATE "C") > (to_timestamp($2::float8 / 1000), $3)
ORDER BY p.at, p.key COLLATE "C" LIMIT $1::integer`

/** Events whose name of this kind has this value. */
const NAMED = `SELECT ${COLUMNS} FROM parked_names n JOIN parked p USING (key)
WHERE n.kind = $1 AND n.value = $2 ${OLDEST} LIMIT $3::integer`

const WAITING = `SELECT FROM parked_names WHERE kind = 'record' AND value = $1
  AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS e(key) WHERE e.key = parked_names.key) LIMIT 1`

const REPLACE = `WITH changed AS (
  UPDATE parked SET event = $2, names = $3 WHERE key = $1 RETURNING key
), unnamed AS (
  DELETE FROM parked_names n USING changed c
  WHERE n.key = c.key AND NOT EXISTS (SELECT FROM unnest($4::text[], $5::text[]) AS u(kind, value)
    WHERE u.kind = n.kind AND u.value = n.value)
)
INSERT INTO parked_names (kind, value, key, position)
SELECT u.kind, u.value, c.key, u.position::integer
FROM unnest($4::text[], $5::text[], $6::text[]) AS u(kind, value, position) CROSS JOIN changed c
ON CONFLICT DO NOTHING`

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
    kind: Schema.Literals([
      "id",
      "case_number",
      "case_sys_id",
      "message_id",
      "answer",
      "unclear",
      "user",
      "chat",
      "business",
      "phone",
      "record",
      "refused"
    ]),
    value: Schema.String
  })
)
const decodeNames = Schema.decodeUnknownEffect(Schema.fromJsonString(Names))
const decodeEvent = Schema.decodeUnknownEffect(Schema.fromJsonString(Json))

/** The event has no content if the row cannot be read, perhaps because a newer version wrote it (SPEC 9.8). */
const toParked = ({ key, topic, partition, offset, event, names, at }: ParkedRow): Effect.Effect<Parked> => {
  const place = { key, origin: { ...readLogName(topic), partition, offset: Number(offset) }, parkedAt: at }
  return Effect.all([decodeEvent(event), decodeNames(names)]).pipe(
    Effect.map(([event, names]) => ({ ...place, event, names })),
    Effect.orElseSucceed(() => ({ ...place, event: {}, names: [] }))
  )
}

/** The oldest parked events whose communication is known, with its id. */
const findClaimable = Effect.fnUntraced(function* (sql: SqlClient, wanted: MatchesWanted) {
  const { awaitingSince, except, limit } = wanted
  const rows = yield* sql.unsafe<ParkedRow & { readonly id: string }>(CLAIMABLE, [
    limit,
    awaitingSince,
    except.ids,
    except.keys
  ])
  return yield* Effect.forEach(rows, (row) =>
    Effect.map(toParked(row), (parked): MatchedParkedEvent => ({ parked, id: row.id }))
  )
})

/** The oldest events that were parked before the given time. */
const findOrphans = Effect.fnUntraced(function* (sql: SqlClient, wanted: OrphansWanted) {
  const { except, limit, parkedBefore, withoutKnown = false } = wanted
  const rows = yield* sql.unsafe<ParkedRow>(ORPHANS, [limit, parkedBefore, except, withoutKnown])
  return yield* Effect.forEach(rows, toParked)
})

const findPage = Effect.fnUntraced(function* (sql: SqlClient, limit: number, after: ParkedPosition | undefined) {
  const rows = yield* sql.unsafe<ParkedRow>(PAGE, [limit, after?.parkedAt ?? 0, after?.key ?? ""])
  return yield* Effect.forEach(rows, toParked)
})

const findNamed = Effect.fnUntraced(function* (
  sql: SqlClient,
  kind: ParkedName["kind"],
  value: string,
  limit: number | null
) {
  const rows = yield* sql.unsafe<ParkedRow>(NAMED, [kind, indexKey(value), limit])
  return yield* Effect.forEach(rows, toParked)
})

const findLeft = Effect.fnUntraced(function* (sql: SqlClient, origin: Origin, ended: ReadonlyArray<string>) {
  const place = originKey(origin)
  const waiting = yield* sql.unsafe(WAITING, [indexKey(place), ended])
  const left: LeftOfRecord = {
    waiting: waiting.length > 0,
    refused: waiting.length > 0 ? [] : yield* findNamed(sql, "refused", place, null)
  }
  return left
})

const replaceRow = (sql: SqlClient, { event, key, names }: Parked) =>
  sql.unsafe(REPLACE, [
    key,
    JSON.stringify(event),
    JSON.stringify(names),
    names.map(({ kind }) => kind),
    names.map(({ value }) => indexKey(value)),
    names.map((_, position) => String(position))
  ])

const countParked = (sql: SqlClient) =>
  Effect.map(sql.unsafe<{ count: number }>(`SELECT count(*)::integer AS count FROM parked`), ([row]) => row?.count ?? 0)

/** One pending call of `park`, with its events as they will be stored. */
export interface Parking {
  readonly parked: ReadonlyArray<Parked>
  readonly texts: ReadonlyArray<string>
  readonly endings: ReadonlyArray<RecordEnding>
}

/**
 * The ledger decides first. A retry after a lost answer, or a slower replica, must not restore an event that has since
 * been applied and unparked. Rows are sorted, as in all statements here, so that two of them never deadlock.
 */
const PARK = `WITH ended AS (${END}
  RETURNING topic, partition, "offset"
), kept AS (
  INSERT INTO parked (key, topic, partition, "offset", event, names, at)
  SELECT p.key, p.topic, p.partition::integer, p."offset"::bigint, p.event, p.names, to_timestamp(p.at::float8 / 1000)
  FROM unnest($9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
    AS p(key, topic, partition, "offset", event, names, at, ends)
  WHERE NOT p.ends::boolean OR EXISTS (SELECT FROM ended e
    WHERE e.topic = p.topic AND e.partition = p.partition::integer AND e."offset" = p."offset"::bigint)
  ORDER BY p.key
  ON CONFLICT DO NOTHING
  RETURNING key
)
INSERT INTO parked_names (kind, value, key, position)
SELECT n.kind, n.value, n.key, n.position::integer
FROM unnest($17::text[], $18::text[], $19::text[], $20::text[]) AS n(kind, value, key, position) JOIN kept USING (key)
ORDER BY n.kind, n.value, n.key, n.position::integer
ON CONFLICT DO NOTHING`

/** The first event of each key, with its text, and whether its own call ends its record. */
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
const parkRows = Effect.fnUntraced(function* (sql: SqlClient, calls: ReadonlyArray<Parking>) {
  const rows = distinct(calls)
  const names = rows.flatMap(({ parked }) => parked.names.map((name, position) => ({ ...name, position, parked })))
  yield* sql.unsafe(PARK, [
    ...endingColumns(calls.flatMap(({ endings }) => endings)),
    rows.map(({ parked }) => parked.key),
    rows.map(({ parked }) => logName(parked.origin)),
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

/** Throws if an event cannot be stored, before it is batched with others. */
const toParking = (parked: ReadonlyArray<Parked>, endings: ReadonlyArray<RecordEnding>): Parking => ({
  parked,
  endings,
  texts: parked.map(({ event }) => JSON.stringify(event))
})

const lengthOf = ({ texts, endings }: Parking): number =>
  texts.reduce((sum, text) => sum + text.length, 1000 * endings.length)

/** One pending call of `unpark`. */
export interface Unparking {
  readonly keys: ReadonlyArray<string>
  readonly deadLetters: ReadonlyArray<Origin>
}

/** Rows are locked in one order, so that two of these statements never deadlock. */
const UNPARK = `WITH gone AS MATERIALIZED (
  SELECT key FROM parked WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE
), unnamed AS (
  DELETE FROM parked_names n USING gone WHERE n.key = gone.key
), dead AS MATERIALIZED (
  SELECT r.topic, r.partition, r."offset" FROM records r
  JOIN unnest($2::text[], $3::text[], $4::text[]) AS d(topic, partition, "offset")
  ON r.topic = d.topic AND r.partition = d.partition::integer AND r."offset" = d."offset"::bigint
  ORDER BY 1, 2, 3 FOR UPDATE OF r
), told AS (
  UPDATE records r SET ending = 'dead_letter' FROM dead d
  WHERE r.topic = d.topic AND r.partition = d.partition AND r."offset" = d."offset"
)
DELETE FROM parked p USING gone WHERE p.key = gone.key`

/** Finds which of each call's keys are still parked. */
const findStillParked = Effect.fnUntraced(function* (sql: SqlClient, calls: ReadonlyArray<ReadonlyArray<string>>) {
  const rows = yield* sql.unsafe<{ key: string }>("SELECT key FROM parked WHERE key = ANY($1::text[])", [calls.flat()])
  const found = new Set(rows.map(({ key }) => key))
  return calls.map((keys) => Exit.succeed<ReadonlySet<string>>(new Set(keys.filter((key) => found.has(key)))))
})

/** Deletes parked events with their names, and marks in the ledger which of their records have a dead letter. */
const unparkRows = (sql: SqlClient, calls: ReadonlyArray<Unparking>) => {
  const dead = calls.flatMap(({ deadLetters }) => deadLetters)
  return sql.unsafe(UNPARK, [
    [...new Set(calls.flatMap(({ keys }) => keys))],
    dead.map(logName),
    dead.map(({ partition }) => String(partition)),
    dead.map(({ offset }) => String(offset))
  ])
}

/** The journal's parked events in SQL. The events of many records are parked in one commit. */
export const makeParkingLot = Effect.fnUntraced(function* ({ sql, persist, read, write, writeTogether }: SqlAccess) {
  const still = yield* read<ReadonlyArray<string>, ReadonlySet<string>>(findStillParked)
  const park = yield* writeTogether<Parking>((calls) => parkRows(sql, calls), {
    maxWeight: BATCH_LENGTH,
    weigh: lengthOf
  })
  const unpark = yield* writeTogether<Unparking>((calls) => unparkRows(sql, calls), {
    maxWeight: 10 * BATCH,
    weigh: ({ deadLetters, keys }) => keys.length + deadLetters.length
  })

  return ParkedEvents.of({
    stillParked: databaseSpan("SELECT", "parked", still),
    park: databaseSpan("INSERT", "parked", (parked: ReadonlyArray<Parked>, endings: ReadonlyArray<RecordEnding>) =>
      parked.length + endings.length === 0
        ? Effect.void
        : Effect.flatMap(
            Effect.sync(() => toParking(parked, endings)),
            park
          )
    ),
    unpark: databaseSpan("DELETE", "parked", (keys: ReadonlyArray<string>, deadLetters: ReadonlyArray<Origin> = []) =>
      keys.length + deadLetters.length === 0 ? Effect.void : unpark({ keys, deadLetters })
    ),
    waitingFor: (id, limit) => persist(findNamed(sql, "id", id, limit)),
    replace: (parked) => Effect.asVoid(write(Effect.suspend(() => replaceRow(sql, parked)))),
    leftOf: (origin, ended) => persist(findLeft(sql, origin, ended)),
    claimable: (wanted) => persist(findClaimable(sql, wanted)),
    orphans: (wanted) => persist(findOrphans(sql, wanted)),
    page: (limit, after) => persist(findPage(sql, limit, after)),
    parkedCount: persist(countParked(sql))
  })
})
