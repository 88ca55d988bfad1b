import type { MatchesWanted, Journal, OrphansWanted } from "../../src/services/Journal.ts"

/** A look for claims that leaves nothing out. */
export const claimable = (journal: Journal["Service"], limit: number, wanted: Partial<MatchesWanted> = {}) =>
  journal.claimable({ limit, awaitingSince: 0, except: { ids: [], keys: [] }, ...wanted })

/** A look for orphans that leaves nothing out. */
export const orphans = (
  journal: Journal["Service"],
  parkedBefore: number,
  limit: number,
  wanted: Partial<OrphansWanted> = {}
) => journal.orphans({ parkedBefore, limit, except: [], ...wanted })
