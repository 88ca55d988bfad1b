import { Context, type Effect } from "effect"

import type { Tally } from "../domain/views/tallies.ts"

/** Failures of one kind in a period. */
export interface FailureCount {
  readonly codigo: string
  readonly channel: string
  readonly journey: string
  readonly count: number
}

/** What began and failed in one minute, which begins at `at`, epoch milliseconds. */
export interface MinuteFlow {
  readonly at: number
  readonly orders: number
  readonly events: number
  readonly failures: number
}

/**
 * What the overview counts, of all processes together (SPEC 12.5). What facts report is counted in their own commit.
 * Calls wait for an unreachable database as those of `Journal` do (SPEC 9.1).
 */
export class Tallies extends Context.Service<
  Tallies,
  {
    /** Counts failures that no fact reports, those of refused records, at `at`, epoch milliseconds. */
    count(tallies: ReadonlyArray<Tally>, at: number): Effect.Effect<void>
    /** The failures of the minutes from `since` on, the most frequent first, `limit` kinds at most. */
    failures(since: number, limit: number): Effect.Effect<ReadonlyArray<FailureCount>>
    /** The minutes from `since` on in which something was counted, in their order. */
    flow(since: number): Effect.Effect<ReadonlyArray<MinuteFlow>>
    /** Deletes the minutes before this time. */
    prune(before: number): Effect.Effect<void>
  }
>()("brom-ctx/services/Tallies") {}
