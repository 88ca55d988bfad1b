import type { MatchesWanted, OrphansWanted, ParkedEvents } from "../../src/services/ParkedEvents.ts"

/** A look for claims that leaves nothing out. */
export const claimable = (parkedEvents: ParkedEvents["Service"], limit: number, wanted: Partial<MatchesWanted> = {}) =>
  parkedEvents.claimable({ limit, awaitingSince: 0, except: { ids: [], keys: [] }, ...wanted })

/** A look for orphans that leaves nothing out. */
export const orphans = (
  parkedEvents: ParkedEvents["Service"],
  parkedBefore: number,
  limit: number,
  wanted: Partial<OrphansWanted> = {}
) => parkedEvents.orphans({ parkedBefore, limit, except: [], ...wanted })
