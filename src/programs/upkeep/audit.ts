import { Clock, Effect } from "effect"

import { retryBudget } from "../../domain/vendor/retryDelay.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { Kafka, type PartitionPosition } from "../../services/Kafka.ts"
import { type Account, Ledger } from "../../services/Ledger.ts"
import { Settings } from "../../services/Settings.ts"

/** `ended`, `skipped`, `undelivered` and `unaccounted` are the offsets from `first` up to `committed`. */
export interface AuditedPartition {
  readonly topic: string
  readonly partition: number
  /** The group's; where it has committed nothing, the earliest offset. */
  readonly committed: number
  /** Records that ended, but for those that were skipped. */
  readonly ended: number
  readonly skipped: number
  readonly unaccounted: number
  /** Offsets that Kafka never delivers: marks of transactions, compaction. */
  readonly undelivered: number
  /** Where the ledger begins. */
  readonly first: number
  /** The first offset that Kafka still has: what is missing from there on can be read again. */
  readonly earliest: number
  /** The first ranges of unaccounted offsets, both ends included; absent where there are none. */
  readonly missing?: ReadonlyArray<{ readonly first: number; readonly last: number }>
}

/** CONTRACT `GET /api/audit`. */
export interface Audit {
  readonly topics: ReadonlyArray<AuditedPartition>
  /** Records below the committed offsets without an ending; must be 0. */
  readonly unaccounted: number
  /** Communications without progress for longer than their retry budget, counted up to 100. */
  readonly stalled: number
  /** Communications whose time came longer ago than that, counted up to 100. */
  readonly overdue: number
}

/** As many as are named one by one. */
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

/** Communications that stand still: `stalled` at work, `overdue` though their time has come; the oldest first, 100 at most. */
export const findStalled = Effect.fn("standstill")(function* () {
  const communicationIndex = yield* CommunicationIndex
  const before = (yield* Clock.currentTimeMillis) - retryBudget(yield* Settings)
  return {
    stalled: yield* communicationIndex.stalled(before, limit),
    overdue: yield* communicationIndex.dueBefore(before, limit)
  }
})

/** Every record that was taken has an ending, or is named here. Waits for the brokers and the database. */
export const audit = Effect.fn("audit")(function* () {
  const kafka = yield* Kafka
  const ledger = yield* Ledger
  const { topics } = yield* Settings
  // Kafka first: an offset is committed after its record's ending is durable.
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
