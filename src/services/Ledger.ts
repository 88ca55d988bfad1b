import { Context, type Effect } from "effect"

import type { Origin } from "../domain/record/Origin.ts"
import type { OffsetRange } from "./Kafka.ts"

/** How a record ended (SPEC 2.7): one row of the ledger. `parked`: its event waits for its communication (SPEC 8.3). */
export interface RecordEnding {
  readonly origin: Origin
  readonly ending: "response" | "repeat" | "refused" | "dead_letter" | "skipped" | "parked"
  /** None where it could not be computed. */
  readonly id?: string
  readonly at: number
}

/** Records of one partition below a position, held against the ledger: `ended`, `skipped`, `undelivered` and `unaccounted` add up. */
export interface Account {
  readonly topic: string
  readonly partition: number
  /** Where the ledger of the partition begins: nothing before it is counted. */
  readonly first: number
  /** Everything from `first` up to here has been counted. */
  readonly next: number
  /** Records with an ending other than `skipped`. */
  readonly ended: number
  readonly skipped: number
  /** Offsets that Kafka never delivers. */
  readonly undelivered: number
  /** Offsets that are none of these: records that were lost. */
  readonly unaccounted: number
  /** The first 20 ranges of unaccounted offsets. */
  readonly missing: ReadonlyArray<OffsetRange>
}

/**
 * How every record ended (SPEC 2.7), held against the offsets of Kafka. Calls wait for an unreachable database as those of
 * `Journal` do (SPEC 9.1).
 */
export class Ledger extends Context.Service<
  Ledger,
  {
    /** Records how records ended that changed no communication. Idempotent. */
    end(endings: ReadonlyArray<RecordEnding>): Effect.Effect<void>
    /** How this record ended, if it did. */
    ending(origin: Origin): Effect.Effect<RecordEnding | undefined>
    /** Where the ledger of each partition begins, if it has not begun: the first answer stays. Durable when it returns. */
    beginLedger(positions: ReadonlyArray<Origin>): Effect.Effect<void>
    /** Offsets that Kafka never delivers. Durable when it returns; idempotent, also in other ranges. */
    passOver(gap: OffsetRange): Effect.Effect<void>
    /**
     * Holds every offset below these positions against endings and gaps; partitions whose ledger has not begun are left
     * out. What was accounted for once is not looked at again; what was not is, each time. Endings below `next` that are
     * deleted later are not missed.
     */
    account(positions: ReadonlyArray<Origin>): Effect.Effect<ReadonlyArray<Account>>
    /**
     * Deletes rows of the ledger that were written before that time (epoch milliseconds) and that `account` has counted, the
     * first of each partition, at most `limit` of each; how many. Idempotent.
     */
    pruneEndings(before: number, limit: number): Effect.Effect<number>
  }
>()("brom-ctx/services/Ledger") {}
