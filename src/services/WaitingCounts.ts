import { Context, type Effect } from "effect"

/** How many there are, and since when the oldest waits, epoch milliseconds. */
export interface Waiting {
  readonly count: number
  readonly oldestAt?: number
}

/** The work that waits in the database now. */
export interface WaitingNow {
  /** Dispatches in doubt. The oldest counts from its first attempt. */
  readonly inDoubt: Waiting
  /** Communications that wait for a time or a vendor, with their waiting writes on Cases. */
  readonly waiting: Waiting & { readonly writes: number }
  /** Events that wait for their communication. */
  readonly parked: Waiting
  /** Records that ended as dead letters and have not been redriven since. */
  readonly deadLetters: Waiting
}

/** Counts waiting work for the overview (SPEC 12.5). Waits for an unreachable database as `Journal` does (SPEC 9.1). */
export class WaitingCounts extends Context.Service<WaitingCounts, { readonly now: Effect.Effect<WaitingNow> }>()(
  "brom-ctx/services/WaitingCounts"
) {}
