import { Context, type Effect, Schema, type Scope } from "effect"

import type { Origin } from "../domain/record/Origin.ts"
import type { NewHeaders, RecordHeaders } from "../domain/record/RecordHeaders.ts"
import type { RecordMark } from "../domain/record/RecordMark.ts"
import type { RecordTime } from "../domain/record/recordTime.ts"

/** One record of a topic. */
export interface KafkaRecord extends RecordTime {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Which of the partition's logs it is in. Absent for the first one (SPEC 9.10). */
  readonly generation?: number
  readonly key: Uint8Array | null
  /** `null` for a tombstone. */
  readonly value: Uint8Array | null
  readonly headers: RecordHeaders
}

export interface NewRecord {
  readonly topic: string
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  readonly headers: NewHeaders
}

/** The broker will never accept this record, because it is too large for its topic or not allowed. */
export class KafkaError extends Schema.TaggedError<KafkaError>()("KafkaError", {
  reason: Schema.Literals(["TooLarge", "Refused"]),
  topic: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.topic}: ${this.reason}: ${this.detail}`
  }
}

/**
 * The result of work whose record has not ended and waits for something outside of the consumer. The record then holds
 * no place, no fiber and no turn of its key: later records of its key go on. It stays unfinished, and so does its
 * offset.
 */
export interface Postponed {
  /**
   * Called once by the consumer. `resume` ends the record ("ended"), or runs its work again ("again"), behind the
   * records of its key that are at work. It may be called at once or at any later time, at most once. `isOurs` is false
   * once the partition was lost or the consumer has closed. `resume` then does nothing, and whoever keeps it may drop
   * it.
   */
  waitFor(resume: (how: "ended" | "again") => void, isOurs: () => boolean): void
}

/** The work of one record. Records with the same key run one after the other, in order. */
export interface Work {
  /** If `undefined`, the record waits for no other. */
  readonly key: string | undefined
  /** True if the work needs a `StartPermit`, because it soon makes an outside call. If absent, the work starts at once. */
  readonly needsStartPermit?: boolean
  /**
   * Completes when the record has ended, or with `Postponed`. Only the offset of an ended record may be committed. Must
   * not fail.
   */
  readonly run: Effect.Effect<void | Postponed>
}

/** Offsets of one partition, from `first` up to but not including `next`. */
export interface OffsetRange {
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly next: number
}

/** Offsets of one log of a partition. */
export interface LogRange extends OffsetRange, Pick<Origin, "generation"> {}

/** The group's position on one partition. Each position is a next offset. */
export interface PartitionPosition {
  readonly topic: string
  readonly partition: number
  /** `undefined` if the group has committed nothing. */
  readonly committed: number | undefined
  /** The offset of the first record that still exists. */
  readonly earliest: number
  readonly end: number
  /** The id of the Kafka cluster. */
  readonly cluster: string
}

/** A partition that was assigned to this member, or whose log may have become another one. */
export interface AssignedPartition extends PartitionPosition {
  /** Where reading goes on if the log is the same. This member has read up to here, or else the group starts here. */
  readonly start: number
  /** This member has read the partition up to `start` and has it still. */
  readonly isReading: boolean
  /** The last record that it has read of it. */
  readonly lastRead?: { readonly offset: number; readonly mark: RecordMark }
}

/** The log of an assigned partition, as its records are named, and where reading goes on. */
export interface AssignedLog {
  readonly from: number
  /**
   * `another`: records that are at work are of an earlier log. They end, and are never read again. `cut`: all records
   * that have not ended are read again.
   */
  readonly is: "same" | "cut" | "another"
  /** Which generation the offsets from `first` on are in, in order. The first one holds all offsets before it, too. */
  readonly generations: ReadonlyArray<{ readonly first: number; readonly generation: number }>
}

export interface ConsumeOptions {
  readonly topics: ReadonlyArray<string>
  /** Records at work at once, per topic. */
  readonly maxInFlight: number
  /** Start permits per topic (`Work.needsStartPermit`), each held for a second at most; unlimited if absent. */
  readonly startPermits?: number
  /** Milliseconds that closing the scope waits for the work in flight before it interrupts it. Read when the scope closes. */
  readonly drain: number
  /** Decodes the record and returns its work. Synchronous and total. */
  readonly receive: (record: KafkaRecord) => Work
  /**
   * Receives each partition when it is assigned, and when its log may have become another one: after a fetch that
   * failed. Nothing of the partition is read until it completes. It commits where reading goes on, if that is not
   * committed, with `commit`, and fails only as `commit` does. It is then called again.
   */
  readonly onAssigned: <E>(
    partition: AssignedPartition,
    commit: (next: number) => Effect.Effect<void, E>
  ) => Effect.Effect<AssignedLog, E>
  /**
   * Receives offsets that the brokers have passed over and never deliver: markers and aborted records of transactions,
   * and what compaction removed. Never receives records that retention deleted before they were read. These offsets are
   * not committed before it completes. The same offsets may come again, in other ranges. Must not fail.
   */
  readonly onGap: (gap: LogRange) => Effect.Effect<void>
}

export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  /** Records between the committed position and the end of the partition. */
  readonly lag: number
  /** The time of the first record that was read and has not ended, epoch milliseconds. */
  readonly oldestAt?: number
}

export interface KafkaStatus {
  /** The group counts the member, and has said so within a session time-out. Its assignment may be empty. */
  readonly joined: boolean
  /** The last exchange with the brokers succeeded. */
  readonly connected: boolean
  readonly missingTopics: ReadonlyArray<string>
  readonly lag: ReadonlyArray<PartitionLag>
  /** Unfinished records by topic. */
  readonly inFlight: Readonly<Record<string, number>>
}

export interface Consumer {
  readonly status: Effect.Effect<KafkaStatus>
}

/**
 * The brokers. An unreachable broker never fails a caller. Consuming and publishing wait, log, and go on by themselves
 * when the brokers are back (SPEC 9.1).
 */
export class Kafka extends Context.Service<
  Kafka,
  {
    /**
     * Joins the group and delivers every record of the topics until the scope closes. Commits, per partition, the
     * contiguous watermark of ended records, for the current assignment only. Closing the scope stops fetching, waits
     * for the work in flight, commits, and leaves the group (DESIGN "Kafka intake").
     */
    consume(options: ConsumeOptions): Effect.Effect<Consumer, never, Scope.Scope>
    /** Returns when the broker has acknowledged the record (acks=all). Records of one caller keep their order. */
    publish(record: NewRecord): Effect.Effect<void, KafkaError>
    /**
     * Returns the record at exactly this place, as consumers receive it, or `undefined` if they receive none there, or
     * none any more. Outside of the group: it moves no position.
     */
    recordAt(place: Pick<Origin, "topic" | "partition" | "offset">): Effect.Effect<KafkaRecord | undefined>
    /** Returns the positions on every partition of these topics, as the brokers report them now. */
    positions(topics: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<PartitionPosition>>
  }
>()("brom-ctx/services/Kafka") {}
