import { Context, type Effect } from "effect"

import type { Origin } from "../domain/record/Origin.ts"
import type { RecordMark } from "../domain/record/RecordMark.ts"
import type { LogRange, OffsetRange } from "./Kafka.ts"

/**
 * How a record ended (SPEC 2.7), as one row of the ledger. `parked` means that its event waits for its communication
 * (SPEC 8.3).
 */
export interface RecordEnding {
  readonly origin: Origin
  readonly ending: "response" | "repeat" | "refused" | "dead_letter" | "skipped" | "parked"
  /** Absent if it could not be computed. */
  readonly id?: string
  /** When it ended, epoch milliseconds. */
  readonly at: number
  /** What the record was. Absent if an earlier version ended it. */
  readonly mark?: RecordMark
}

/** Why a partition has another log: it is a new one, or its end was cut off and written again (SPEC 9.10). */
export type NewLogReason = "another_log" | "cut"

/** One of the logs that a partition has had. The offsets of each begin again. */
export interface KnownLog {
  readonly topic: string
  readonly partition: number
  /** 1 for the first log. */
  readonly generation: number
  /** Where its ledger begins. */
  readonly first: number
  /** One past the highest offset that the ledger has an ending or a gap for, at least `first`. */
  readonly reached: number
  /** The lowest offset that is not counted as accounted for. */
  readonly open: number
  /** The id of the Kafka cluster that it was last read from. */
  readonly cluster?: string
  /** The timestamp of the oldest record that was not skipped, epoch milliseconds. */
  readonly since?: number
  /** When and why it began. Absent for the first log that this database knew of a topic. */
  readonly began?: { readonly at: number; readonly reason: NewLogReason }
}

/** A log that replaces another one, as it begins. */
export interface NewLog {
  readonly topic: string
  readonly partition: number
  /** 1 for a partition that had no log before. */
  readonly generation: number
  readonly first: number
  readonly cluster: string
  readonly began: { readonly at: number; readonly reason: NewLogReason }
}

/**
 * Records of one partition below a position, compared with the ledger. `ended`, `skipped`, `undelivered` and
 * `unaccounted` add up to all offsets from `first` up to `next`.
 */
export interface Account {
  readonly topic: string
  readonly partition: number
  /** Absent for the first log of the partition. */
  readonly generation?: number
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
  /** Unaccounted offsets that the group had committed before this database knew of them (SPEC 9.10). */
  readonly ahead: number
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
    /** Returns every log of these topics whose ledger has begun, those of one partition in order. */
    logs(topics: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<KnownLog>>
    /**
     * Starts the ledger of a later log. Does nothing if another process has begun that generation. Durable when it
     * returns.
     */
    beginLog(log: NewLog): Effect.Effect<void>
    /** Stores from which cluster each log is read now. The logs must have begun. */
    readFrom(
      cluster: string,
      logs: ReadonlyArray<Pick<KnownLog, "topic" | "partition" | "generation">>
    ): Effect.Effect<void>
    /** Returns the first or the last endings in this range, in offset order from that side, `limit` at most. */
    endingsIn(range: LogRange, side: "first" | "last", limit: number): Effect.Effect<ReadonlyArray<RecordEnding>>
    /** Stores offsets that the group has committed but this database does not know. Idempotent. */
    noteAhead(range: LogRange): Effect.Effect<void>
    /** The number of these offsets that have no ending, as of the latest `account`. */
    readonly ahead: Effect.Effect<number>
    /**
     * Stores offsets that Kafka never delivers. Durable when it returns. Idempotent, even for the same offsets in other
     * ranges.
     */
    passOver(gap: LogRange): Effect.Effect<void>
    /**
     * Compares every offset below these positions with endings and gaps. Leaves out partitions whose ledger has not
     * begun. An offset that is accounted for is not read again, and any other offset is read each time. Endings below
     * `next` may be deleted later without being missed.
     */
    account(positions: ReadonlyArray<Origin>): Effect.Effect<ReadonlyArray<Account>>
    /**
     * Deletes ledger rows that were written before `before` (epoch milliseconds) and that `account` has counted, the
     * first ones of each partition and at most `limit` of each. Returns how many. Idempotent.
     */
    pruneEndings(before: number, limit: number): Effect.Effect<number>
  }
>()("brom-ctx/services/Ledger") {}
