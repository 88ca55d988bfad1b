import { Context, type Effect, Schema, type Scope } from "effect"

import type { Origin } from "../domain/record/Origin.ts"

/** One record as it lies in the topic. */
export interface KafkaRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Epoch milliseconds. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  /** `null` for a tombstone. */
  readonly value: Uint8Array | null
  /** Of several headers with one name, the last. */
  readonly headers: Readonly<Record<string, Uint8Array>>
}

export interface NewRecord {
  readonly topic: string
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  readonly headers: Readonly<Record<string, Uint8Array | string>>
}

/** The broker will never take this record: too large for its topic, or not allowed. */
export class KafkaError extends Schema.TaggedError<KafkaError>()("KafkaError", {
  reason: Schema.Literals(["TooLarge", "Refused"]),
  topic: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.topic}: ${this.reason}: ${this.detail}`
  }
}

/** What is to be done with one record: records of one key run one after the other, in order. */
export interface Work {
  /** None: the record waits for no other. */
  readonly key: string | undefined
  /** `true`: it starts only with a `StartPermit`, because its first call outside comes soon. */
  readonly needsStartPermit?: boolean
  /** Ends when the record has ended; only then may its offset be committed. Must not fail. */
  readonly run: Effect.Effect<void>
}

/** Offsets of one partition: from `first` up to `next`, which is not one of them. */
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
  /** Milliseconds that closing the scope waits for the work in flight before it interrupts it. */
  readonly drain: number
  /** Synchronous and total: decodes the record and says what to do. */
  readonly receive: (record: KafkaRecord) => Work
  /** Where the group stands on partitions before this member reads them: nothing of them is read until it ends. Must not fail. */
  readonly onBegin: (positions: ReadonlyArray<Origin>) => Effect.Effect<void>
  /**
   * Offsets that the brokers have passed over and never deliver: marks and aborted records of transactions, what
   * compaction removed; never what retention deleted before it was read. They are not committed before it ends. The same
   * offsets may come again, in other ranges. Must not fail.
   */
  readonly onGap: (gap: OffsetRange) => Effect.Effect<void>
}

/** Where the group stands on one partition; each is a next offset. */
export interface PartitionPosition {
  readonly topic: string
  readonly partition: number
  /** None where the group has committed nothing. */
  readonly committed: number | undefined
  /** Of the first record that is still there. */
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
  /** The group is joined; the assignment may be empty. */
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
  /** Stops fetching a topic; no record of it is begun any more, what is at work goes on. Survives rebalances. */
  pause(topic: string): Effect.Effect<void>
  resume(topic: string): Effect.Effect<void>
  /**
   * Begins one record of a paused topic, the next one that comes if there is none; returns when that record has ended, or is
   * no longer this member's. All others stay where they are. Interruption takes the permission back, if it was not used.
   */
  admitOne(topic: string): Effect.Effect<void>
}

/**
 * The brokers. Unreachable ones never fail a caller: consuming and publishing wait, log, and go on by themselves when
 * the brokers are back (SPEC 9.1).
 */
export class Kafka extends Context.Service<
  Kafka,
  {
    /**
     * Joins the group and hands over every record of the topics until the scope closes. Commits, per partition, the
     * contiguous watermark of ended records, for the current assignment only. Closing the scope stops fetching, waits
     * for the work in flight, commits, and leaves the group (DESIGN "Kafka intake").
     */
    consume(options: ConsumeOptions): Effect.Effect<Consumer, never, Scope.Scope>
    /** Returns when the broker has acknowledged the record (acks=all). Records of one caller keep their order. */
    publish(record: NewRecord): Effect.Effect<void, KafkaError>
    /** Every partition of these topics, as the brokers see it now. */
    positions(topics: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<PartitionPosition>>
  }
>()("brom-ctx/services/Kafka") {}
