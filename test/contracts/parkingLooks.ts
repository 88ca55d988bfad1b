import type { MatchesWanted, OrphansWanted, ParkedEvents } from "../../src/services/ParkedEvents.ts"

/** All claimable events, without any exclusion. */
export const claimable = (parkedEvents: ParkedEvents["Service"], limit: number, wanted: Partial<MatchesWanted> = {}) =>
  parkedEvents.claimable({ limit, awaitingSince: 0, except: { ids: [], keys: [] }, ...wanted })

/** All orphans, without any exclusion. */
export const orphans = (
  parkedEvents: ParkedEvents["Service"],
  parkedBefore: number,
  limit: number,
  wanted: Partial<OrphansWanted> = {}
) => parkedEvents.orphans({ parkedBefore, limit, except: [], ...wanted })
