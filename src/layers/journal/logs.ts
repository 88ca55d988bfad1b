import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { logName, readLogName } from "../../domain/record/Origin.ts"
import type { LogRange } from "../../services/Kafka.ts"
import type { KnownLog, Ledger, NewLog, NewLogReason } from "../../services/Ledger.ts"
import { endingFields, type EndingRow, toEnding } from "./read.ts"
import type { SqlAccess } from "./sqlAccess.ts"

/*
 * One partition has few logs, so `ledger` is small. Each query of `records` reads one end of one range of the primary
 * key.
 */

/** The number of first records of a log whose times count before the audit has counted them. */
const OLDEST = 100

/**
 * Offsets that are missing at the end of the counted range were never seen here, because the audit counts up to the
 * group's position.
 */
const LOGS = `SELECT l.topic, l.partition, l.first::float8 AS first,
  greatest(CASE WHEN upper(l.missing) = l.next THEN (SELECT max(lower(m)) FROM unnest(l.missing) AS m) ELSE l.next END,
    r.reached, g.reached)::float8 AS reached, least(l.next, lower(l.missing))::float8 AS open, l.cluster, least(l.since, o.since)::float8 AS since,
  (extract(epoch FROM l.began_at) * 1000)::float8 AS began_at, l.reason
FROM ledger l LEFT JOIN LATERAL (
  SELECT "offset" + 1 AS reached FROM records k WHERE k.topic = l.topic AND k.partition = l.partition
  ORDER BY "offset" DESC LIMIT 1
) r ON true LEFT JOIN LATERAL (
  SELECT min(written_at) FILTER (WHERE written_at > 0 AND ending <> 'skipped') AS since FROM (
    SELECT written_at, ending FROM records k WHERE k.topic = l.topic AND k.partition = l.partition
    ORDER BY "offset" LIMIT ${OLDEST}
  ) k
) o ON true LEFT JOIN LATERAL (
  SELECT max(next) AS reached FROM ledger_gaps k WHERE k.topic = l.topic AND k.partition = l.partition
) g ON true
WHERE split_part(l.topic, '~', 1) = ANY($1::text[])`

interface LogRow {
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly reached: number
  readonly open: number
  readonly cluster: string | null
  readonly since: number | null
  readonly began_at: number | null
  readonly reason: NewLogReason | null
}

const toLog = (row: LogRow): KnownLog => {
  const { began_at: at, cluster, first, open, partition, reached, reason, since, topic: name } = row
  const { generation = 1, topic } = readLogName(name)
  return {
    topic,
    partition,
    generation,
    first,
    reached,
    open,
    ...(cluster !== null && { cluster }),
    ...(since !== null && { since }),
    ...(at !== null && reason !== null && { began: { at, reason } })
  }
}

/** Orders the logs of one topic and partition by generation. */
export const inLogOrder = (a: KnownLog, b: KnownLog): number =>
  (a.topic === b.topic ? 0 : a.topic < b.topic ? -1 : 1) || a.partition - b.partition || a.generation - b.generation

const findLogs = (sql: SqlClient, topics: ReadonlyArray<string>) =>
  Effect.map(sql.unsafe<LogRow>(LOGS, [topics]), (rows) => rows.map(toLog).sort(inLogOrder))

const BEGIN_LOG = `INSERT INTO ledger (topic, partition, first, next, cluster, began_at, reason)
VALUES ($1, $2::integer, $3::bigint, $3::bigint, $4, to_timestamp($5::float8 / 1000), $6)
ON CONFLICT DO NOTHING`

const beginLogRow = (sql: SqlClient, log: NewLog) =>
  Effect.asVoid(
    sql.unsafe(BEGIN_LOG, [logName(log), log.partition, log.first, log.cluster, log.began.at, log.began.reason])
  )

const READ_FROM = `UPDATE ledger SET cluster = $1 FROM (
  SELECT l.topic, l.partition FROM ledger l JOIN unnest($2::text[], $3::text[]) AS u(topic, partition)
    ON l.topic = u.topic AND l.partition = u.partition::integer
  WHERE l.cluster IS DISTINCT FROM $1 ORDER BY 1, 2 FOR UPDATE OF l
) o WHERE ledger.topic = o.topic AND ledger.partition = o.partition`

const readFromRows = (
  sql: SqlClient,
  cluster: string,
  logs: ReadonlyArray<Pick<KnownLog, "topic" | "partition" | "generation">>
) => Effect.asVoid(sql.unsafe(READ_FROM, [cluster, logs.map(logName), logs.map(({ partition }) => String(partition))]))

const endingsIn = (order: "ASC" | "DESC") => `SELECT ${endingFields}
FROM records r WHERE r.topic = $1 AND r.partition = $2::integer AND r."offset" >= $3::bigint AND r."offset" < $4::bigint
ORDER BY r."offset" ${order} LIMIT $5::integer`

const sides = { first: endingsIn("ASC"), last: endingsIn("DESC") }

const findEndingsIn = (sql: SqlClient, range: LogRange, side: "first" | "last", limit: number) => {
  const { first, next, partition } = range
  return Effect.map(sql.unsafe<EndingRow>(sides[side], [logName(range), partition, first, next, limit]), (rows) =>
    rows.map(toEnding)
  )
}

const AHEAD = `UPDATE ledger SET ahead = ahead + int8multirange(int8range($3::bigint, $4::bigint))
WHERE topic = $1 AND partition = $2::integer`

const noteAheadRow = (sql: SqlClient, range: LogRange) =>
  Effect.asVoid(sql.unsafe(AHEAD, [logName(range), range.partition, range.first, range.next]))

/** Offsets that are not counted yet may have ended. The next count, within a minute, shows it. */
const AHEAD_COUNT = `SELECT coalesce(sum(upper(r) - lower(r)), 0)::float8 AS count
FROM ledger CROSS JOIN LATERAL unnest(ahead * (missing + int8multirange(int8range(next, NULL)))) AS r`

const countAhead = (sql: SqlClient) =>
  Effect.map(sql.unsafe<{ count: number }>(AHEAD_COUNT), ([row]) => row?.count ?? 0)

type LogBook = Pick<Ledger["Service"], "logs" | "beginLog" | "readFrom" | "endingsIn" | "noteAhead" | "ahead">

/** What the ledger knows of the logs of each partition, in SQL. */
export const logBookIn = ({ persist, sql, write }: SqlAccess): LogBook => ({
  logs: (topics) => persist(findLogs(sql, topics)),
  beginLog: (log) => write(beginLogRow(sql, log)),
  readFrom: (cluster, logs) => (logs.length === 0 ? Effect.void : write(readFromRows(sql, cluster, logs))),
  endingsIn: (range, side, limit) => persist(findEndingsIn(sql, range, side, limit)),
  ahead: persist(countAhead(sql)),
  noteAhead: (range) => write(noteAheadRow(sql, range))
})
