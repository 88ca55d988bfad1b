import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { logName, type Origin, readLogName } from "../../domain/record/Origin.ts"
import type { LogRange } from "../../services/Kafka.ts"
import type { Account, Ledger } from "../../services/Ledger.ts"
import type { SqlAccess } from "./sqlAccess.ts"

const columns = (positions: ReadonlyArray<Origin>): ReadonlyArray<ReadonlyArray<string>> => [
  positions.map(logName),
  positions.map(({ partition }) => String(partition)),
  positions.map(({ offset }) => String(offset))
]

const BEGIN = `INSERT INTO ledger (topic, partition, first, next)
SELECT topic, partition::integer, first::bigint, first::bigint
FROM unnest($1::text[], $2::text[], $3::text[]) AS p(topic, partition, first)
ORDER BY 1, 2
ON CONFLICT DO NOTHING`

/** Begins the ledger of partitions that have none. */
const beginRows = (sql: SqlClient, positions: ReadonlyArray<Origin>) =>
  Effect.asVoid(sql.unsafe(BEGIN, columns(positions)))

const GAPS = `INSERT INTO ledger_gaps (topic, partition, first, next)
SELECT topic, partition::integer, first::bigint, next::bigint
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS g(topic, partition, first, next)
ORDER BY 1, 2, 3, 4
ON CONFLICT DO NOTHING`

/** Adds offsets that Kafka never delivers. */
const gapRows = (sql: SqlClient, gaps: ReadonlyArray<LogRange>) => {
  const firsts = gaps.map((gap) => ({ ...gap, offset: gap.first }))
  return Effect.asVoid(sql.unsafe(GAPS, [...columns(firsts), gaps.map(({ next }) => String(next))]))
}

/** Maximum number of offsets of one partition that one statement counts. */
const STRIDE = 50_000

/**
 * Counts the offsets that were missing and the next ones. An offset with an ending or within a gap is counted and never
 * read again. Any other offset is missing. Each piece is one range of the index, whatever the planner assumes about the
 * table.
 */
const ACCOUNT = `WITH position AS (
  SELECT topic, partition::integer, position::bigint
  FROM unnest($1::text[], $2::text[], $3::text[]) AS p(topic, partition, position)
), asked AS MATERIALIZED (
  SELECT l.topic, l.partition, l.missing, l.next AS since,
    greatest(l.next, least(p.position, l.next + ${STRIDE})) AS next
  FROM ledger l JOIN position p USING (topic, partition)
  ORDER BY l.topic, l.partition FOR UPDATE OF l
), piece AS MATERIALIZED (
  SELECT a.topic, a.partition, lower(r) AS first, upper(r) AS next
  FROM asked a CROSS JOIN LATERAL unnest(a.missing + int8multirange(int8range(a.since, a.next))) AS r
), counted AS MATERIALIZED (
  SELECT p.topic, p.partition, p.next - p.first AS size, r.ended, r.skipped, r.since,
    int8multirange(int8range(p.first, p.next)) - coalesce(r.offsets, '{}') - coalesce(g.offsets, '{}') AS missing
  FROM piece p CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE ending <> 'skipped') AS ended, count(*) FILTER (WHERE ending = 'skipped') AS skipped,
      range_agg(int8range("offset", "offset" + 1)) AS offsets,
      min(written_at) FILTER (WHERE written_at > 0 AND ending <> 'skipped') AS since
    FROM records WHERE topic = p.topic AND partition = p.partition AND "offset" >= p.first AND "offset" < p.next
  ) r CROSS JOIN LATERAL (
    SELECT range_agg(int8range(first, next)) AS offsets FROM ledger_gaps
    WHERE topic = p.topic AND partition = p.partition AND first < p.next AND next > p.first
  ) g
), found AS (
  SELECT topic, partition, sum(size) AS size, sum(ended) AS ended, sum(skipped) AS skipped, min(since) AS since
  FROM counted GROUP BY topic, partition
), lost AS (
  SELECT topic, partition, sum(upper(r) - lower(r)) AS size, range_agg(r) AS missing
  FROM counted CROSS JOIN LATERAL unnest(missing) AS r GROUP BY topic, partition
), forgotten AS (
  DELETE FROM ledger_gaps g USING asked a
  WHERE g.topic = a.topic AND g.partition = a.partition AND g.next <= a.next
)
UPDATE ledger l SET next = a.next, ended = l.ended + coalesce(f.ended, 0), skipped = l.skipped + coalesce(f.skipped, 0),
  undelivered = l.undelivered + coalesce(f.size - f.ended - f.skipped, 0) - coalesce(lost.size, 0),
  missing = coalesce(lost.missing, '{}'), since = least(l.since, f.since)
FROM asked a LEFT JOIN found f USING (topic, partition) LEFT JOIN lost USING (topic, partition)
WHERE l.topic = a.topic AND l.partition = a.partition
RETURNING l.topic, l.partition, l.first::float8 AS first, l.next::float8 AS next, l.ended::float8 AS ended,
  l.skipped::float8 AS skipped, l.undelivered::float8 AS undelivered,
  coalesce(lost.size, 0)::float8 AS unaccounted,
  coalesce((SELECT sum(upper(r) - lower(r)) FROM unnest(l.ahead * l.missing) AS r), 0)::float8 AS ahead,
  (SELECT string_agg(lower(r) || ' ' || upper(r), ',' ORDER BY r)
   FROM (SELECT r FROM unnest(l.missing) AS r ORDER BY r LIMIT 20) AS named) AS missing`

interface Row extends Omit<Account, "missing"> {
  /** `first next` of each range, separated by commas. */
  readonly missing: string | null
}

const toAccount = ({ missing, ...row }: Row): Account => {
  const { partition } = row
  const log = readLogName(row.topic)
  const ranges = (missing?.split(",") ?? []).map((range) => {
    const [first, next] = range.split(" ")
    return { topic: log.topic, partition, first: Number(first), next: Number(next) }
  })
  return { ...row, ...log, missing: ranges }
}

const isSameLog = (a: Omit<Origin, "offset">, b: Omit<Origin, "offset">): boolean =>
  logName(a) === logName(b) && a.partition === b.partition

/** Counts the offsets below these positions. If there are many, the rest comes with the next call. */
const accountRows = (sql: SqlClient, positions: ReadonlyArray<Origin>) =>
  Effect.map(sql.unsafe<Row>(ACCOUNT, columns(positions)), (rows) => rows.map(toAccount))

type LedgerBook = Pick<Ledger["Service"], "beginLedger" | "passOver" | "account">

/** The journal's ledger in SQL. The gaps of many partitions are one commit. */
export const makeLedgerBook = Effect.fnUntraced(function* ({ sql, write, writeTogether }: SqlAccess) {
  const passOver = yield* writeTogether<LogRange>((gaps) => gapRows(sql, gaps))

  /** Counts few offsets at a time, so that no statement runs for long or blocks another. */
  const account = Effect.fnUntraced(function* (positions: ReadonlyArray<Origin>) {
    const isBehind = (account: Account) => positions.some((it) => isSameLog(it, account) && it.offset > account.next)
    let accounts = yield* write(accountRows(sql, positions))
    while (accounts.some(isBehind)) accounts = yield* write(accountRows(sql, positions))
    return accounts
  })

  const book: LedgerBook = {
    beginLedger: (positions) => (positions.length === 0 ? Effect.void : write(beginRows(sql, positions))),
    passOver,
    account
  }
  return book
})
