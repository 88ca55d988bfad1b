import { Context, type Effect } from "effect"

import type { SearchTerm } from "../domain/search/SearchTerm.ts"
import type { Listing } from "../domain/views/Listing.ts"

/** What the index lacks of one communication. */
export interface Unindexed {
  readonly id: string
  /** The number of its facts. */
  readonly seq: number
}

/** What the index should hold of one communication, as of `seq` facts. */
export interface IndexFill extends Unindexed {
  readonly listing: Listing
  readonly writes?: number
  readonly codigos: ReadonlyArray<string>
  readonly terms: ReadonlyArray<SearchTerm>
}

/**
 * The part of the search that appends have not written: communications of earlier versions, and terms under an earlier
 * key (SPEC 12.4).
 */
export class SearchIndex extends Context.Service<
  SearchIndex,
  {
    /**
     * Communications that the index lacks or holds under an earlier key, the newest first. Leaves out the ids in
     * `skip`.
     */
    missing(limit: number, skip: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Unindexed>>
    /** Adds them in one commit. One that has had a fact since its `seq` is left alone. Returns how many were added. */
    complete(fills: ReadonlyArray<IndexFill>): Effect.Effect<number>
  }
>()("brom-ctx/services/SearchIndex") {}
