import { Context, type Effect, Schema, type Scope } from "effect"

import type { Origin } from "../domain/record/Origin.ts"
import type { NewHeaders, RecordHeaders } from "../domain/record/RecordHeaders.ts"
import type { RecordTime } from "../domain/record/recordTime.ts"

/** One record of a topic. */
export interface KafkaRecord extends RecordTime {
  readonly topic: string
  readonly partition: number
  readonly offset: number
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
   * Receives the group's positions on partitions before this member reads them. Nothing of these partitions is read
   * until it completes. Must not fail.
   */
  readonly onBegin: (positions: ReadonlyArray<Origin>) => Effect.Effect<void>
  /**
   * Receives offsets that the brokers have passed over and never deliver: markers and aborted records of transactions,
   * and what compaction removed. Never receives records that retention deleted before they were read. These offsets are
   * not committed before it completes. The same offsets may come again, in other ranges. Must not fail.
   */
  readonly onGap: (gap: OffsetRange) => Effect.Effect<void>
}

/** The group's position on one partition. Each position is a next offset. */
export interface PartitionPosition {
  readonly topic: string
  readonly partition: number
  /** `undefined` if the group has committed nothing. */
  readonly committed: number | undefined
  /** The offset of the first record that still exists. */
  readonly earliest: number
  readonly end: number
}

export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  /** Records between the committed position and the end of the partition. */
  readonly lag: number
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
    /** Returns the positions on every partition of these topics, as the brokers report them now. */
    positions(topics: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<PartitionPosition>>
  }
>()("brom-ctx/services/Kafka") {}
