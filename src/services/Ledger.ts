import { Context, type Effect } from "effect"

import type { Origin } from "../domain/record/Origin.ts"
import type { OffsetRange } from "./Kafka.ts"

/**
 * How a record ended (SPEC 2.7), as one row of the ledger. `parked` means that its event waits for its communication
 * (SPEC 8.3).
 */
export interface RecordEnding {
  readonly origin: Origin
  readonly ending: "response" | "repeat" | "refused" | "dead_letter" | "skipped" | "parked"
  /** Absent if it could not be computed. */
  readonly id?: string
  readonly at: number
}

/**
 * Records of one partition below a position, compared with the ledger. `ended`, `skipped`, `undelivered` and
 * `unaccounted` add up to all offsets from `first` up to `next`.
 */
export interface Account {
  readonly topic: string
  readonly partition: number
  /** Where the ledger of the partition begins. Nothing before it is counted. */
  readonly first: number
  /** Every offset from `first` up to here has been counted. */
  readonly next: number
  /** Records with an ending other than `skipped`. */
  readonly ended: number
  readonly skipped: number
  /** Offsets that Kafka never delivers. */
  readonly undelivered: number
  /** All other offsets: records that were lost. */
  readonly unaccounted: number
  /** The first 20 ranges of unaccounted offsets. */
  readonly missing: ReadonlyArray<OffsetRange>
}

/**
 * How every record ended (SPEC 2.7), compared with the offsets of Kafka. Calls wait for an unreachable database as
 * those of `Journal` do (SPEC 9.1).
 */
export class Ledger extends Context.Service<
  Ledger,
  {
    /** Stores the endings of records that changed no communication. Idempotent. */
    end(endings: ReadonlyArray<RecordEnding>): Effect.Effect<void>
    /** Returns how this record ended, or `undefined` if it has not. */
    ending(origin: Origin): Effect.Effect<RecordEnding | undefined>
    /**
     * Starts the ledger of each partition at its position. A ledger that has begun keeps its first position. Durable
     * when it returns.
     */
    beginLedger(positions: ReadonlyArray<Origin>): Effect.Effect<void>
    /** Stores offsets that Kafka never delivers. Durable when it returns. Idempotent, also in other ranges. */
    passOver(gap: OffsetRange): Effect.Effect<void>
    /**
     * Compares every offset below these positions with endings and gaps. Leaves out partitions whose ledger has not
     * begun. An offset that is accounted for is not read again, and any other offset is read each time. Endings below
     * `next` may be deleted later and are not missed.
     */
    account(positions: ReadonlyArray<Origin>): Effect.Effect<ReadonlyArray<Account>>
    /**
     * Deletes ledger rows that were written before `before` (epoch milliseconds) and that `account` has counted, the
     * first ones of each partition and at most `limit` of each. Returns how many. Idempotent.
     */
    pruneEndings(before: number, limit: number): Effect.Effect<number>
  }
>()("brom-ctx/services/Ledger") {}
