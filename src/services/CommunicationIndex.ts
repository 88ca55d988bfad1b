import { Context, type Effect } from "effect"

import type { Vendor } from "../domain/communication/Fact.ts"
import type { EventName, IndexEntry } from "../domain/inbound/namesOf.ts"
import type { Bearer } from "../domain/inbound/whose.ts"

/** A communication that has its Case. */
export interface IndexedCase {
  readonly id: string
  readonly journey: string
}

/**
 * The read model. Finds communications by their names and by what they wait for, as of their last `append`. Calls wait
 * for an unreachable database as those of `Journal` do (SPEC 9.1).
 */
export class CommunicationIndex extends Context.Service<
  CommunicationIndex,
  {
    /**
     * Returns the communication with this name, or `undefined`. If several have it, returns the one that was named
     * last.
     */
    find(entry: IndexEntry): Effect.Effect<string | undefined>
    /** True if the communication has facts. */
    knows(id: string): Effect.Effect<boolean>
    /**
     * The communications that bear one of these names, each with the names that lead to it, in no particular order. A
     * phone leads to communications whose dispatch or latest answer is not older than `since` (epoch milliseconds).
     * Each name leads to its latest 20 at most (`mostBearers`).
     */
    bearers(names: ReadonlyArray<EventName>, since: number): Effect.Effect<ReadonlyArray<Bearer>>
    /** Whether any communication names this business number (`this`), or only `other` ones, or `none`. */
    knowsBusiness(value: string): Effect.Effect<"this" | "other" | "none">
    /** Communications whose `due` is at or before `now`, the earliest first. */
    dueBefore(now: number, limit: number): Effect.Effect<ReadonlyArray<string>>
    /** Communications with a step that waits for this vendor, the longest waiting first (SPEC 9.2). */
    heldBy(vendor: Vendor, limit: number): Effect.Effect<ReadonlyArray<string>>
    /**
     * Communications in status `working` that do not wait for a vendor and whose last fact is older than `before`
     * (epoch milliseconds), the oldest first.
     */
    stalled(before: number, limit: number): Effect.Effect<ReadonlyArray<string>>
    /** Those of the newest `limit` communications that have a Case, the newest first. */
    newestCases(limit: number): Effect.Effect<ReadonlyArray<IndexedCase>>
    /** The number of communications that have a dispatch in doubt now. */
    readonly inDoubt: Effect.Effect<number>
    /** The number of communications with a step that waits for each vendor now. */
    readonly heldCount: Effect.Effect<Readonly<Record<Vendor, number>>>
  }
>()("brom-ctx/services/CommunicationIndex") {}
