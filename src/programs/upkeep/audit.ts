import { Clock, Effect } from "effect"

import { stallLimit } from "../../domain/vendor/retryDelay.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { Kafka, type PartitionPosition } from "../../services/Kafka.ts"
import { type Account, Ledger } from "../../services/Ledger.ts"
import { Settings } from "../../services/Settings.ts"

/**
 * Counts of one partition. `ended`, `skipped`, `undelivered` and `unaccounted` cover the offsets from `first` up to
 * `committed`.
 */
export interface AuditedPartition {
  readonly topic: string
  readonly partition: number
  /** The group's committed offset, or the earliest offset if the group has committed nothing. */
  readonly committed: number
  /** Records that ended, except the skipped ones. */
  readonly ended: number
  readonly skipped: number
  readonly unaccounted: number
  /** Offsets that Kafka never delivers: transaction markers and compacted records. */
  readonly undelivered: number
  /** The offset at which the ledger begins. */
  readonly first: number
  /** The first offset that Kafka still has. Records missing from there on can be read again. */
  readonly earliest: number
  /** The first ranges of unaccounted offsets, both ends included. Absent if there are none. */
  readonly missing?: ReadonlyArray<{ readonly first: number; readonly last: number }>
}

/** CONTRACT `GET /api/audit`. */
export interface Audit {
  readonly topics: ReadonlyArray<AuditedPartition>
  /** Records below the committed offsets without an ending. Must be 0. */
  readonly unaccounted: number
  /** Communications without progress for longer than their retry budget, counted up to 100. */
  readonly stalled: number
  /** Communications that became due longer ago than that, counted up to 100. */
  readonly overdue: number
}

/** At most this many communications are listed one by one. */
const limit = 100

const audited = (position: PartitionPosition, account: Account | undefined): AuditedPartition => {
  const { committed, earliest, partition, topic } = position
  const { ended = 0, first = committed ?? earliest, missing = [], skipped = 0 } = account ?? {}
  const { unaccounted = 0, undelivered = 0 } = account ?? {}
  const ranges = missing.map((range) => ({ first: range.first, last: range.next - 1 }))
  const counts = { ended, skipped, unaccounted, undelivered, first, earliest }
  return {
    topic,
    partition,
    committed: committed ?? earliest,
    ...counts,
    ...(ranges.length > 0 && { missing: ranges })
  }
}

/**
 * Returns communications that make no progress. `stalled` ones are at work, and `overdue` ones are past their due time.
 * The oldest come first, 100 at most.
 */
export const findStalled = Effect.fn("standstill")(function* () {
  const communicationIndex = yield* CommunicationIndex
  const before = (yield* Clock.currentTimeMillis) - stallLimit(yield* Settings)
  return {
    stalled: yield* communicationIndex.stalled(before, limit),
    overdue: yield* communicationIndex.dueBefore(before, limit)
  }
})

/**
 * Checks that every taken record has an ending, and lists those without one. Waits for the brokers and the database.
 */
export const audit = Effect.fn("audit")(function* () {
  const kafka = yield* Kafka
  const ledger = yield* Ledger
  const { topics } = yield* Settings
  // Read Kafka first, because an offset is committed only after its record's ending is durable.
  const positions = yield* kafka.positions([topics.in, topics.inbound])
  const accounts = yield* ledger.account(
    positions.flatMap(({ topic, partition, committed }) =>
      committed === undefined ? [] : [{ topic, partition, offset: committed }]
    )
  )
  const partitions = positions.map((position) =>
    audited(
      position,
      accounts.find(({ topic, partition }) => topic === position.topic && partition === position.partition)
    )
  )
  const { overdue, stalled } = yield* findStalled()
  const result: Audit = {
    topics: partitions,
    unaccounted: partitions.reduce((sum, { unaccounted }) => sum + unaccounted, 0),
    stalled: stalled.length,
    overdue: overdue.length
  }
  return result
})
