import { Effect } from "effect"

import { BreakerCloses } from "../../services/BreakerCloses.ts"
import type { SqlAccess } from "./sqlAccess.ts"

const ASK = `INSERT INTO breaker_closes AS b (vendor, count) VALUES ($1, 1)
ON CONFLICT (vendor) DO UPDATE SET count = b.count + 1`

interface Row {
  readonly vendor: string
  readonly count: number
}

/** Stores in SQL what operators have asked of the breakers. */
export const breakerClosesIn = ({ persist, sql, write }: SqlAccess) =>
  BreakerCloses.of({
    ask: (vendor) => Effect.asVoid(write(sql.unsafe(ASK, [vendor]))),
    counts: Effect.map(
      persist(sql.unsafe<Row>("SELECT vendor, count::float8 AS count FROM breaker_closes")),
      (rows) => {
        const countOf = (vendor: string) => rows.find((row) => row.vendor === vendor)?.count ?? 0
        return { servicenow: countOf("servicenow"), weni: countOf("weni") }
      }
    )
  })
