import { Context, type Effect } from "effect"

import type { SearchMark, Sought, SearchQuery } from "../domain/search/SearchQuery.ts"
import type { Listing } from "../domain/views/Listing.ts"

/** Where a page ends: its last communication. */
export interface SearchPosition {
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly id: string
}

/** A communication that was found, as of its last `append`. Times are in epoch milliseconds. */
export interface FoundCommunication extends SearchPosition {
  readonly journey: string
  /** `working`, `adopted`, or the `response_status`. */
  readonly status: string
  readonly marks: ReadonlyArray<SearchMark>
  readonly updatedAt: number
  readonly due?: number
  readonly caseNumber?: string
  readonly caseSysId?: string
  /** Absent until the index has been filled for a communication of an earlier version. */
  readonly listing?: Listing
}

/** Which part of the results a call returns. */
export interface SearchPage {
  readonly limit: number
  /** Continues after this one. */
  readonly after?: SearchPosition
  /** A dispatch made before this time (epoch milliseconds) no longer awaits an answer (SPEC 8.2). */
  readonly awaitingSince: number
}

/**
 * Finds communications for operators (SPEC 10). Calls wait for an unreachable database as those of `Journal` do
 * (SPEC 9.1).
 */
export class CommunicationSearch extends Context.Service<
  CommunicationSearch,
  {
    /**
     * Returns the communications that match, the newest first. A page that continues after a position neither misses
     * nor repeats communications that existed when the first page was read.
     */
    find(query: SearchQuery, page: SearchPage): Effect.Effect<ReadonlyArray<FoundCommunication>>
    /** The ids of the communications that a text may mean, the newest first, `limit` at most. */
    idsOf(sought: Sought, limit: number): Effect.Effect<ReadonlyArray<string>>
    /** The position as an opaque text, for URLs. */
    cursorOf(position: SearchPosition): string
    /**
     * The position of such a text. `undefined` if no process of this database made it, or if the key has changed since.
     */
    positionOf(cursor: string): SearchPosition | undefined
    /**
     * A keyed hash that names the communication in URLs, whatever its id contains. `idsOf` finds it by the term `ref`.
     */
    refOf(id: string): string
  }
>()("brom-ctx/services/CommunicationSearch") {}
