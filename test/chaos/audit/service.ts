import { Effect } from "effect"

import type { Audit } from "../../../src/programs/upkeep/audit.ts"
import type { Parts } from "../Parts.ts"

/** The highest counts of `GET /api/audit` over all replicas. All are 0 if nothing is missing. */
export const auditOf = Effect.fnUntraced(function* ({ replicas }: Parts) {
  const worst = { unaccounted: 0, stalled: 0, overdue: 0 }
  for (const { get, unasked } of replicas) {
    if ((yield* unasked).length > 0) continue
    const { body, status } = yield* Effect.orDie(get("/api/audit"))
    if (status !== 200) return yield* Effect.die(new Error(`GET /api/audit: ${status} ${body}`))
    const said: Audit = JSON.parse(body)
    worst.unaccounted = Math.max(worst.unaccounted, said.unaccounted)
    worst.stalled = Math.max(worst.stalled, said.stalled)
    worst.overdue = Math.max(worst.overdue, said.overdue)
  }
  return worst
})
