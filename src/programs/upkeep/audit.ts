import { Clock, Effect } from "effect"

import { inGeneration, type Origin } from "../../domain/record/Origin.ts"
import { isoTime } from "../../domain/values/parseTime.ts"
import { stallLimit } from "../../domain/vendor/retryDelay.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { Kafka, type PartitionPosition, type UnreachedPartitions } from "../../services/Kafka.ts"
import { type Account, type KnownLog, Ledger, type NewLogReason } from "../../services/Ledger.ts"
import { Settings } from "../../services/Settings.ts"

/** Counts of one log of a partition. They cover the offsets from `first` up to where it was read. */
interface AuditedOffsets {
  /** Records that ended, except the skipped ones. */
  readonly ended: number
  readonly skipped: number
  readonly unaccounted: number
  /** Offsets that Kafka never delivers: transaction markers and compacted records. */
  readonly undelivered: number
  /** The offset at which the ledger begins. */
  readonly first: number
  /** The first ranges of unaccounted offsets, both ends included. Absent if there are none. */
  readonly missing?: ReadonlyArray<{ readonly first: number; readonly last: number }>
  /** Which of the partition's logs it is. Absent for the first one (SPEC 9.10). */
  readonly generation?: number
  /** The Kafka cluster that it was last read from, if it is known. */
  readonly cluster?: string
  /** When it replaced another log, ISO 8601 UTC, and why. Absent for a log that replaced none. */
  readonly began?: { readonly at: string; readonly reason: NewLogReason }
}

/** A log of a partition that another log has replaced. It was read up to `next`. */
export interface AuditedEarlierLog extends AuditedOffsets {
  readonly next: number
}

/** The counts cover the offsets from `first` up to `committed`. */
export interface AuditedPartition extends AuditedOffsets {
  readonly topic: string
  readonly partition: number
  /** The group's committed offset, or the earliest offset if the group has committed nothing. */
  readonly committed: number
  /** The first offset that Kafka still has. Records missing from there on can be read again. */
  readonly earliest: number
  /**
   * How many of the unaccounted offsets the group had committed before this database knew of them, as after restoring
   * an older backup. Absent if there are none.
   */
  readonly ahead?: number
  /** Absent if the partition has had one log. */
  readonly earlier?: ReadonlyArray<AuditedEarlierLog>
}

/** CONTRACT `GET /api/audit`. */
export interface Audit {
  readonly topics: ReadonlyArray<AuditedPartition>
  /** Records below the committed offsets without an ending. Must be 0. */
  readonly unaccounted: number
  /** How many of them the group had committed before this database knew of them. */
  readonly ahead: number
  /** Communications without progress for longer than their retry budget, counted up to 100. */
  readonly stalled: number
  /** Communications that became due longer ago than that, counted up to 100. */
  readonly overdue: number
  /** The ids of the stalled ones, the oldest first. Absent if there are none, like `overdueIds`. */
  readonly stalledIds?: ReadonlyArray<string>
  readonly overdueIds?: ReadonlyArray<string>
  /** The partitions that are not audited, because their leaders did not answer. Absent if there are none. */
  readonly unreached?: ReadonlyArray<UnreachedPartitions>
}

/** At most this many communications are listed one by one. */
const limit = 100

const countsOf = (account: Account | undefined, log: KnownLog | undefined, first: number): AuditedOffsets => {
  const { ended = 0, missing = [], skipped = 0, unaccounted = 0, undelivered = 0 } = account ?? {}
  const ranges = missing.map((range) => ({ first: range.first, last: range.next - 1 }))
  const { began, cluster, generation } = log ?? {}
  return {
    ended,
    skipped,
    unaccounted,
    undelivered,
    first: account?.first ?? first,
    ...(ranges.length > 0 && { missing: ranges }),
    ...inGeneration(generation),
    ...(cluster !== undefined && { cluster }),
    ...(began && { began: { at: isoTime(began.at), reason: began.reason } })
  }
}

const isIn = (place: { readonly topic: string; readonly partition: number }) => (log: typeof place) =>
  log.topic === place.topic && log.partition === place.partition

const generationOf = ({ generation = 1 }: { readonly generation?: number }) => generation

const audited = (
  position: PartitionPosition,
  logs: ReadonlyArray<KnownLog>,
  accounts: ReadonlyArray<Account>
): AuditedPartition => {
  const { committed, earliest, partition, topic } = position
  const own = logs.filter(isIn(position))
  const present = own.at(-1)
  const accountOf = (log: KnownLog | undefined) =>
    accounts.find((it) => isIn(position)(it) && generationOf(it) === (log?.generation ?? 1))
  const account = accountOf(present)
  const toEarlier = (log: KnownLog): AuditedEarlierLog => ({
    ...countsOf(accountOf(log), log, log.first),
    next: log.reached
  })
  const earlier = own.slice(0, -1).map(toEarlier)
  return {
    topic,
    partition,
    committed: committed ?? earliest,
    earliest,
    ...countsOf(account, present, committed ?? earliest),
    ...(account !== undefined && account.ahead > 0 && { ahead: account.ahead }),
    ...(earlier.length > 0 && { earlier })
  }
}

const endOf = ({ generation, partition, reached: offset, topic }: KnownLog): Origin => ({
  topic,
  partition,
  offset,
  ...inGeneration(generation)
})

/** The offset up to which each log is compared with the ledger: its end as far as it was read. */
const positionsOf = (
  positions: ReadonlyArray<PartitionPosition>,
  before: ReadonlyArray<KnownLog>,
  logs: ReadonlyArray<KnownLog>
): ReadonlyArray<Origin> =>
  positions.flatMap((position) => {
    const { committed, end, partition, topic } = position
    const own = logs.filter(isIn(position))
    const present = own.at(-1)
    const earlier = own.slice(0, -1).map(endOf)
    if (present === undefined || committed === undefined) return earlier
    // The position may belong to another log: one that has just begun, or one that no process has compared yet.
    const isSettled =
      before.findLast(isIn(position))?.generation === present.generation &&
      (present.cluster ?? position.cluster) === position.cluster
    const offset = isSettled ? Math.min(committed, end) : present.first
    return [...earlier, { topic, partition, offset, ...inGeneration(present.generation) }]
  })

/**
 * Returns communications that make no progress. `stalled` ones are in progress, and `overdue` ones are past their due
 * time. The oldest come first, 100 at most.
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
 * Checks that every taken record has an ending, and lists those without one. Waits for the group's coordinator and the
 * database, and only a few seconds for the leader of a partition.
 */
export const audit = Effect.fn("audit")(function* () {
  const kafka = yield* Kafka
  const ledger = yield* Ledger
  const { topics } = yield* Settings
  const ours = [topics.in, topics.inbound]
  const before = yield* ledger.logs(ours)
  // Read Kafka before the endings, because an offset is committed only after its record's ending is durable.
  const { positions, unreached } = yield* kafka.survey(ours)
  const logs = yield* ledger.logs(ours)
  const accounts = yield* ledger.account(positionsOf(positions, before, logs))
  const partitions = positions.map((position) => audited(position, logs, accounts))
  const all = partitions.flatMap((it): ReadonlyArray<AuditedOffsets> => [it, ...(it.earlier ?? [])])
  const { overdue, stalled } = yield* findStalled()
  const result: Audit = {
    topics: partitions,
    unaccounted: all.reduce((sum, { unaccounted }) => sum + unaccounted, 0),
    ahead: partitions.reduce((sum, { ahead = 0 }) => sum + ahead, 0),
    stalled: stalled.length,
    overdue: overdue.length,
    ...(stalled.length > 0 && { stalledIds: stalled }),
    ...(overdue.length > 0 && { overdueIds: overdue }),
    ...(unreached.length > 0 && { unreached })
  }
  return result
})
