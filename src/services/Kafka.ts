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
 * no place, no fiber and no turn of its key, so later records of its key continue. It stays unfinished, and so does its
 * offset.
 */
export interface Postponed {
  /**
   * Called once by the consumer. `resume` ends the record ("ended"), or runs its work again ("again"), behind the
   * records of its key that are at work. It may be called at once or at any later time, at most once. `isOurs` is false
   * once the partition was lost or the consumer has closed. `resume` then does nothing, and its holder may drop it.
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

/** Partitions of one topic that have no leader, or whose leader does not answer. */
export interface UnreachedPartitions {
  readonly topic: string
  readonly partitions: ReadonlyArray<number>
  /** For the operator: names the leader, and the address that was tried. */
  readonly reason: string
}

/** A partition that was assigned to this member, or whose log may have become another one. */
export interface AssignedPartition extends PartitionPosition {
  /** Where reading continues if the log is the same. This member has read up to here, or else the group starts here. */
  readonly start: number
  /** This member has read the partition up to `start` and still has it. */
  readonly isReading: boolean
  /** The last record that this member has read of the partition. */
  readonly lastRead?: { readonly offset: number; readonly mark: RecordMark }
}

/** The log of an assigned partition, as its records are named, and where reading continues. */
export interface AssignedLog {
  readonly from: number
  /**
   * `another`: records in progress belong to an earlier log. They end, and are never read again. `cut`: all records
   * that have not ended are read again.
   */
  readonly is: "same" | "cut" | "another"
  /**
   * The generation of the offsets from `first` on, in order. The first one also holds all offsets before its `first`.
   */
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
   * Receives each partition when it is assigned, and again after a failed fetch, because its log may have become
   * another one. Nothing of the partition is read until this completes. It commits where reading continues with
   * `commit`, unless that is already committed. It fails only as `commit` does, and is then called again.
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
  /**
   * The group counts this process as a member, and has confirmed that within a session time-out. Its assignment may be
   * empty. False while no partition of it is read because the brokers do not say where to continue.
   */
  readonly joined: boolean
  /** The last exchange with the brokers succeeded. */
  readonly connected: boolean
  readonly missingTopics: ReadonlyArray<string>
  /** The partitions that the group has assigned to this member, by `topic/partition`. */
  readonly assigned: ReadonlyArray<string>
  /**
   * For the operator: why the last attempt to join the group or to begin reading failed, and which partitions wait because their leader does
   * not answer. Names the addresses that were tried. Empty if there is nothing to say.
   */
  readonly trouble: string
  /** How many partitions of the topics wait for their leader, including those of other members. */
  readonly unreached: number
  readonly lag: ReadonlyArray<PartitionLag>
  /** Unfinished records by topic. */
  readonly inFlight: Readonly<Record<string, number>>
}

export interface Consumer {
  readonly status: Effect.Effect<KafkaStatus>
}

/**
 * The brokers. An unreachable broker never fails a caller. Consuming and publishing wait, log, and continue by
 * themselves when the brokers answer again (SPEC 9.1).
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
     * Returns the record at exactly this place, as consumers receive it. Returns `undefined` if they receive no record
     * there, or no longer do. Works outside the group and moves no position.
     */
    recordAt(place: Pick<Origin, "topic" | "partition" | "offset">): Effect.Effect<KafkaRecord | undefined>
    /**
     * Returns the positions on every partition of these topics, or only on the partition of this number, as the brokers
     * report them now. Waits only for the leaders of these partitions.
     */
    positions(topics: ReadonlyArray<string>, partition?: number): Effect.Effect<ReadonlyArray<PartitionPosition>>
    /**
     * Returns the positions on the partitions whose leaders answer, and names the others. Each leader has a few seconds.
     * Waits for the group's coordinator.
     */
    survey(topics: ReadonlyArray<string>): Effect.Effect<{
      readonly positions: ReadonlyArray<PartitionPosition>
      readonly unreached: ReadonlyArray<UnreachedPartitions>
    }>
  }
>()("brom-ctx/services/Kafka") {}
