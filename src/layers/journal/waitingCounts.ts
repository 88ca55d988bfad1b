import { Effect } from "effect"

import { type Waiting, WaitingCounts } from "../../services/WaitingCounts.ts"
import type { SqlAccess } from "./sqlAccess.ts"
import { asMillis } from "./times.ts"

/** Each count reads a partial index or a small table. */
const COUNT = `SELECT 'inDoubt' AS of, count(*)::float8 AS count, ${asMillis("min(coalesce(sent_at, updated_at))")} AS "oldestAt", 0::float8 AS writes
FROM communications WHERE in_doubt
UNION ALL
SELECT 'waiting', count(*), ${asMillis("min(coalesce(least(held_servicenow, held_weni), updated_at))")}, coalesce(sum(writes), 0)
FROM communications WHERE due IS NOT NULL OR held_servicenow IS NOT NULL OR held_weni IS NOT NULL
UNION ALL
SELECT 'parked', count(*), ${asMillis("min(at)")}, 0 FROM parked
UNION ALL
SELECT 'deadLetters', count(*), ${asMillis("min(at)")}, 0 FROM records WHERE ending = 'dead_letter' AND redriven_at IS NULL`

interface Row {
  readonly of: string
  readonly count: number
  readonly oldestAt: number | null
  readonly writes: number
}

/** Counts waiting work in SQL. */
export const waitingCountsIn = ({ persist, sql }: SqlAccess) =>
  WaitingCounts.of({
    now: Effect.map(persist(sql.unsafe<Row>(COUNT)), (rows) => {
      const counted = (wanted: string): Waiting => {
        const row = rows.find(({ of }) => of === wanted)
        const oldestAt = row?.oldestAt ?? undefined
        return { count: row?.count ?? 0, ...(oldestAt !== undefined && { oldestAt }) }
      }
      const writes = rows.find(({ of }) => of === "waiting")?.writes ?? 0
      return {
        inDoubt: counted("inDoubt"),
        waiting: { ...counted("waiting"), writes },
        parked: counted("parked"),
        deadLetters: counted("deadLetters")
      }
    })
  })
