import { Effect } from "effect"

import type { Tally } from "../../domain/views/tallies.ts"
import { type FailureCount, type MinuteFlow, Tallies } from "../../services/Tallies.ts"
import type { SqlAccess } from "./sqlAccess.ts"
import { tallyColumns } from "./tallyRows.ts"

/** Takes the columns of `tallyColumns`, their times and the process. */
const COUNT = `INSERT INTO tallies AS t (minute, process, what, codigo, channel, journey, count)
SELECT date_trunc('minute', to_timestamp(n.at::float8 / 1000)), $6, n.what, n.codigo, n.channel, n.journey, count(*)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS n(what, codigo, channel, journey, at)
GROUP BY 1, 3, 4, 5, 6 ORDER BY 1, 3, 4, 5, 6
ON CONFLICT (minute, process, what, codigo, channel, journey) DO UPDATE SET count = t.count + EXCLUDED.count`

const FAILURES = `SELECT codigo, channel, journey, sum(count)::float8 AS count FROM tallies
WHERE minute >= date_trunc('minute', to_timestamp($1::float8 / 1000)) AND what = 'failure'
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT $2::integer`

const FLOW = `SELECT (extract(epoch FROM minute) * 1000)::float8 AS at,
  coalesce(sum(count) FILTER (WHERE what = 'order'), 0)::float8 AS orders,
  coalesce(sum(count) FILTER (WHERE what = 'event'), 0)::float8 AS events,
  coalesce(sum(count) FILTER (WHERE what = 'failure'), 0)::float8 AS failures
FROM tallies WHERE minute >= date_trunc('minute', to_timestamp($1::float8 / 1000)) GROUP BY minute ORDER BY minute`

const PRUNE = "DELETE FROM tallies WHERE minute < to_timestamp($1::float8 / 1000)"

interface Counted {
  readonly tallies: ReadonlyArray<Tally>
  readonly at: number
}

/** The counts of the overview in SQL. The rows of this process that appends do not change have a name of their own. */
export const makeTallyBook = Effect.fnUntraced(function* (
  { persist, sql, write, writeTogether }: SqlAccess,
  writer: string
) {
  const count = yield* writeTogether<Counted>((calls) => {
    const counted = calls.flatMap(({ at, tallies }) => tallies.map((tally) => ({ tally, at })))
    return sql.unsafe(COUNT, [
      ...tallyColumns(counted.map(({ tally }) => tally)),
      counted.map(({ at }) => String(at)),
      `${writer}/records`
    ])
  })
  return Tallies.of({
    count: (tallies, at) => (tallies.length === 0 ? Effect.void : count({ tallies, at })),
    failures: (since, limit) => persist(sql.unsafe<FailureCount>(FAILURES, [since, limit])),
    flow: (since) => persist(sql.unsafe<MinuteFlow>(FLOW, [since])),
    prune: (before) => Effect.asVoid(write(sql.unsafe(PRUNE, [before])))
  })
})
