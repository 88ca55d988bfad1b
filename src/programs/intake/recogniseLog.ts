import { Clock, Effect } from "effect"

import { judgeLog, type LogPart, partsOf } from "../../domain/record/logIdentity.ts"
import { inGeneration } from "../../domain/record/Origin.ts"
import { isSameMark, markOf } from "../../domain/record/RecordMark.ts"
import { type AssignedLog, type AssignedPartition, Kafka } from "../../services/Kafka.ts"
import { type KnownLog, Ledger, type NewLog } from "../../services/Ledger.ts"
import { countNewLog } from "../../telemetry/metrics.ts"
import type { OlderRecords } from "./OlderRecords.ts"

/** How many ended records are looked up in the log from one side until one of them can be read. */
const mostTried = 20

/** Whether the log holds the record that was ended at this offset. */
interface Found {
  readonly offset: number
  readonly isSame: boolean
}

/** Looks in these offsets of the log for the first or the last ended record that can still be read. */
const readEnded = Effect.fnUntraced(function* (
  { partition, topic }: AssignedPartition,
  parts: ReadonlyArray<LogPart>,
  side: "first" | "last"
) {
  const kafka = yield* Kafka
  const ledger = yield* Ledger
  for (const { first, generation, next } of side === "first" ? parts : parts.toReversed()) {
    const range = { topic, partition, first, next, ...inGeneration(generation) }
    for (const { mark, origin } of first < next ? yield* ledger.endingsIn(range, side, mostTried) : []) {
      const record = yield* kafka.recordAt(origin)
      if (record === undefined) continue
      const found: Found = { offset: origin.offset, isSame: isSameMark(mark, markOf(record)) }
      return found
    }
  }
  return undefined
})

/** Whether the log still holds the last record that this process has read, which may still be in progress. */
const readLast = Effect.fnUntraced(function* ({ end, lastRead, partition, topic }: AssignedPartition) {
  const kafka = yield* Kafka
  if (lastRead === undefined || lastRead.offset >= end) return undefined
  const { mark, offset } = lastRead
  const record = yield* kafka.recordAt({ topic, partition, offset })
  const found: Found | undefined = record && { offset, isSame: isSameMark(mark, markOf(record)) }
  return found
})

const within = (parts: ReadonlyArray<LogPart>, from: number, to: number): ReadonlyArray<LogPart> =>
  parts.map((part) => ({ ...part, first: Math.max(part.first, from), next: Math.min(part.next, to) }))

/**
 * Bisects between an ended record that the log still holds and one that it does not. Returns the offset after the last
 * one that it holds. All later records are in a new generation, even those that had not ended, because another record
 * may have their offset now.
 */
const findCut = Effect.fnUntraced(function* (
  assigned: AssignedPartition,
  parts: ReadonlyArray<LogPart>,
  after: number,
  before: number
) {
  let same = after
  let end = before
  while (end - same > 1) {
    const middle = Math.floor((same + end) / 2)
    const found = yield* readEnded(assigned, within(parts, middle, end), "first")
    if (found?.isSame === true) same = found.offset
    else end = middle
  }
  return same + 1
})

/**
 * Where the log begins and ends. Queried again if it seems shorter than before. The reason may be a process that does
 * not know yet that it has lost the partition. It may have ended records that came after the first answer.
 */
const rangeOf = Effect.fnUntraced(function* (assigned: AssignedPartition, reached: number) {
  const kafka = yield* Kafka
  if (assigned.end >= reached) return assigned
  const { partition, topic } = assigned
  return (yield* kafka.positions([topic], partition)).find((it) => it.partition === partition) ?? assigned
})

/** Compares the log with what the ledger knows of it. Returns the log that replaces it, or `undefined`. */
const compare = Effect.fnUntraced(function* (assigned: AssignedPartition, logs: ReadonlyArray<KnownLog>) {
  const { cluster, committed, isReading, partition, start, topic } = assigned
  const current = logs.at(-1)
  if (current === undefined) return undefined
  const reached = Math.max(current.reached, committed ?? 0, isReading ? start : 0)
  const { earliest, end } = yield* rangeOf(assigned, reached)
  const parts = within(partsOf(logs), earliest, end)
  const last = (yield* readLast(assigned)) ?? (yield* readEnded(assigned, parts, "last"))
  const first = last && (yield* readEnded(assigned, parts, "first"))
  const verdict = judgeLog({
    earliest,
    end,
    reached,
    ...(first && { first }),
    ...(last && { last }),
    isElsewhere: committed === undefined && isOfOther(cluster, current)
  })
  if (verdict.is === "same") return undefined
  const begin = verdict.is === "another" ? earliest : yield* findCut(assigned, parts, verdict.after, verdict.before)
  const reason = verdict.is === "another" ? ("another_log" as const) : ("cut" as const)
  const at = yield* Clock.currentTimeMillis
  const log: NewLog = {
    topic,
    partition,
    generation: current.generation + 1,
    first: begin,
    cluster,
    began: { at, reason }
  }
  return log
})

const isOfOther = (cluster: string, log: KnownLog): boolean => log.cluster !== undefined && log.cluster !== cluster

/**
 * The first log of a partition that is new here, if its topic is known from another cluster and the group has committed
 * nothing in this one.
 */
const firstElsewhere = Effect.fnUntraced(function* (assigned: AssignedPartition, topicLogs: ReadonlyArray<KnownLog>) {
  const { cluster, committed, earliest: first, partition, topic } = assigned
  if (committed !== undefined || !topicLogs.some((log) => isOfOther(cluster, log))) return undefined
  const began = { at: yield* Clock.currentTimeMillis, reason: "another_log" as const }
  const log: NewLog = { topic, partition, generation: 1, first, cluster, began }
  return log
})

const announce = Effect.fnUntraced(function* (
  { committed, earliest, end }: AssignedPartition,
  { began, cluster, first, generation, partition, topic }: NewLog,
  before: KnownLog | undefined
) {
  const { reason } = began
  yield* countNewLog(topic, reason)
  yield* Effect.logError(
    reason === "cut"
      ? "partition's log was cut: its records from here on are a new generation, and all are processed"
      : "partition's log was replaced: its records are a new generation, and all are processed"
  ).pipe(
    Effect.annotateLogs({
      topic,
      partition,
      generation,
      first,
      earliest,
      end,
      cluster,
      ...(committed !== undefined && { committed }),
      ...(before && { reached: before.reached, ...(before.cluster !== undefined && { clusterBefore: before.cluster }) })
    })
  )
})

/**
 * Reports offsets that the group has committed and of which this database knows nothing. They are not processed (SPEC
 * 9.10).
 */
const tellAhead = Effect.fnUntraced(function* (
  { committed = 0, earliest, partition, topic }: AssignedPartition,
  { generation, reached }: KnownLog
) {
  const ledger = yield* Ledger
  const first = Math.max(reached, earliest)
  if (committed <= first) return
  yield* ledger.noteAhead({ topic, partition, first, next: committed, ...inGeneration(generation) })
  yield* Effect.logError(
    "the group has committed records that this database has no trace of, as after restoring an older backup: they are not processed; check each of them (docs/operations.md)"
  ).pipe(Effect.annotateLogs({ topic, partition, first, last: committed - 1 }))
})

/** Where reading continues. If the group has lost its offsets, it skips only records that ended in this database. */
const resumeAt = ({ committed, earliest, start }: AssignedPartition, log: KnownLog | undefined): number =>
  Math.max(earliest, committed === undefined && log !== undefined ? Math.min(start, log.open) : start)

/** Warns that this database knows nothing of what the group did before. */
const tellUnknown = ({ committed = 0, earliest, partition, topic }: AssignedPartition) =>
  committed <= earliest
    ? Effect.void
    : Effect.annotateLogs(
        Effect.logWarning("ledger starts at the committed offset, this database has no trace of earlier records"),
        { topic, partition, committed, earliest }
      )

/** Where reading continues in a log that replaces the current one. */
const startOf = ({ committed = 0, earliest }: AssignedPartition, { began, first }: NewLog): number =>
  began.reason === "cut" ? Math.max(earliest, Math.min(committed, first)) : first

type Commit<E> = (next: number) => Effect.Effect<void, E>

/** Continues in the log that the ledger knows, or begins the first one of its partition. */
const goOn = Effect.fnUntraced(function* <E>(
  assigned: AssignedPartition,
  current: KnownLog | undefined,
  commit: Commit<E>
) {
  const ledger = yield* Ledger
  const { committed, isReading, partition, start, topic } = assigned
  const from = resumeAt(assigned, current)
  if (committed !== from && !(isReading && from === start)) yield* commit(from)
  if (current !== undefined) yield* tellAhead(assigned, current)
  else {
    yield* tellUnknown(assigned)
    yield* ledger.beginLedger([{ topic, partition, offset: from }])
  }
  return { from, is: "same" as const }
})

/**
 * Begins a new generation. Its position is committed before the ledger has the generation, so that no audit compares
 * the old position with the new log. Returns `undefined` if another process has begun this generation at another
 * offset.
 */
const beginAnew = Effect.fnUntraced(function* <E>(
  assigned: AssignedPartition,
  current: KnownLog | undefined,
  begun: NewLog,
  commit: Commit<E>
) {
  const ledger = yield* Ledger
  const { partition, topic } = assigned
  const from = startOf(assigned, begun)
  yield* commit(from)
  yield* ledger.beginLog(begun)
  const found = (yield* ledger.logs([topic])).find(
    (log) => log.partition === partition && log.generation === begun.generation
  )
  if (found?.first !== begun.first) return undefined
  yield* announce(assigned, begun, current)
  return { from, is: begun.began.reason === "cut" ? ("cut" as const) : ("another" as const) }
})

/**
 * Settles which log an assigned partition has, where reading continues, and how its records are named (SPEC 9.10). If
 * the ledger knows another log, a new generation begins.
 */
export const recogniseLog =
  (older: OlderRecords) =>
  <E>(assigned: AssignedPartition, commit: Commit<E>) =>
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const { cluster, partition, topic } = assigned
      const ownOf = (logs: ReadonlyArray<KnownLog>) => logs.filter((log) => log.partition === partition)
      let settled: Pick<AssignedLog, "from" | "is"> | undefined
      while (settled === undefined) {
        const known = yield* ledger.logs([topic])
        const current = ownOf(known).at(-1)
        const begun = yield* current === undefined ? firstElsewhere(assigned, known) : compare(assigned, ownOf(known))
        settled = yield* begun === undefined
          ? goOn(assigned, current, commit)
          : beginAnew(assigned, current, begun, commit)
      }
      const logs = yield* ledger.logs([topic])
      const own = ownOf(logs)
      const present = own.at(-1)
      if (present !== undefined && present.cluster !== cluster) yield* ledger.readFrom(cluster, [present])
      older.settle(own, logs)
      const log: AssignedLog = { ...settled, generations: partsOf(own) }
      return log
    })
