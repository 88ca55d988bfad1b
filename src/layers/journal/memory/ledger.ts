import { inGeneration, logName, originKey, type Origin } from "../../../domain/record/Origin.ts"
import type { LogRange, OffsetRange } from "../../../services/Kafka.ts"
import type { Account, KnownLog, NewLog, RecordEnding } from "../../../services/Ledger.ts"
import { inLogOrder } from "../logs.ts"
import type { JournalStore, PartitionCounts } from "./store.ts"

type Log = Omit<Origin, "offset">

const keyOf = (log: Log) => `${logName(log)}/${log.partition}`

const newLedger = (log: Log, first: number): PartitionCounts => {
  const { generation, partition, topic } = log
  const counts = { first, next: first, ended: 0, skipped: 0, undelivered: 0, missing: [], aheadOf: [] }
  return { topic, partition, ...inGeneration(generation), ...counts }
}

export const beginLedgerIn = (store: JournalStore, positions: ReadonlyArray<Origin>): void => {
  for (const position of positions) {
    const key = keyOf(position)
    if (!store.ledgers.has(key)) store.ledgers.set(key, newLedger(position, position.offset))
  }
}

export const beginLogIn = (store: JournalStore, log: NewLog): void => {
  const { began, cluster, first } = log
  if (!store.ledgers.has(keyOf(log))) store.ledgers.set(keyOf(log), { ...newLedger(log, first), cluster, began })
}

export const readFromIn = (store: JournalStore, cluster: string, logs: ReadonlyArray<Log>): void => {
  for (const log of logs) {
    const known = store.ledgers.get(keyOf(log))
    if (known !== undefined) store.ledgers.set(keyOf(log), { ...known, cluster })
  }
}

export const noteAheadIn = (store: JournalStore, range: LogRange): void => {
  const known = store.ledgers.get(keyOf(range))
  if (known !== undefined) store.ledgers.set(keyOf(range), { ...known, aheadOf: [...known.aheadOf, range] })
}

export const countAhead = (store: JournalStore): number => {
  let count = 0
  for (const { aheadOf, missing, next } of store.ledgers.values()) {
    const offsets = aheadOf.flatMap((it) => Array.from({ length: it.next - it.first }, (_, at) => it.first + at))
    for (const offset of new Set(offsets)) if (offset >= next || missing.includes(offset)) count++
  }
  return count
}

/** The endings of one log, in the order of their offsets. */
const endingsOf = (store: JournalStore, log: Log): ReadonlyArray<RecordEnding> =>
  [...store.records.values()]
    .filter(({ origin }) => keyOf(origin) === keyOf(log))
    .sort((a, b) => a.origin.offset - b.origin.offset)

export const endingsInRange = (
  store: JournalStore,
  range: LogRange,
  side: "first" | "last",
  limit: number
): ReadonlyArray<RecordEnding> => {
  const all = endingsOf(store, range).filter(({ origin: { offset } }) => offset >= range.first && offset < range.next)
  return (side === "first" ? all : all.toReversed()).slice(0, limit)
}

const isWithin = (offset: number) => (range: OffsetRange) => range.first <= offset && offset < range.next

/** The time of the oldest record that was not skipped. */
const sinceOf = (known: number | undefined, endings: ReadonlyArray<RecordEnding>): number | undefined => {
  const times = endings.flatMap(({ ending, mark }) =>
    ending === "skipped" || mark === undefined ? [] : [mark.timestamp]
  )
  const since = Math.min(known ?? Infinity, ...times.filter((time) => time > 0))
  return Number.isFinite(since) ? since : undefined
}

const toKnownLog = (store: JournalStore, ledger: PartitionCounts): KnownLog => {
  const { began, cluster, first, generation = 1, next, partition, topic } = ledger
  const endings = endingsOf(store, ledger)
  const gaps = store.gaps.filter((gap) => keyOf(gap) === keyOf(ledger))
  // Offsets that are missing at the end of the counted range were never seen here, because the audit counts up to the
  // group's position.
  const last = rangesOf(ledger).at(-1)
  const accounted = last?.next === next ? last.first : next
  const reached = Math.max(accounted, ...gaps.map((gap) => gap.next), (endings.at(-1)?.origin.offset ?? -1) + 1)
  const since = sinceOf(ledger.since, endings.slice(0, 100))
  return {
    topic,
    partition,
    generation,
    first,
    reached,
    open: ledger.missing[0] ?? next,
    ...(cluster !== undefined && { cluster }),
    ...(since !== undefined && { since }),
    ...(began && { began })
  }
}

export const logsIn = (store: JournalStore, topics: ReadonlyArray<string>): ReadonlyArray<KnownLog> =>
  [...store.ledgers.values()]
    .filter(({ topic }) => topics.includes(topic))
    .map((ledger) => toKnownLog(store, ledger))
    .sort(inLogOrder)

/** Groups consecutive offsets into ranges. */
const rangesOf = ({ topic, partition, missing }: PartitionCounts): ReadonlyArray<OffsetRange> => {
  const ranges: Array<OffsetRange> = []
  for (const offset of missing) {
    const last = ranges.at(-1)
    if (last?.next === offset) ranges[ranges.length - 1] = { ...last, next: offset + 1 }
    else ranges.push({ topic, partition, first: offset, next: offset + 1 })
  }
  return ranges
}

const advance = (store: JournalStore, ledger: PartitionCounts, position: number): PartitionCounts => {
  const next = Math.max(ledger.next, position)
  const offsets = [...ledger.missing, ...Array.from({ length: next - ledger.next }, (_, at) => ledger.next + at)]
  const gaps = store.gaps.filter((gap) => keyOf(gap) === keyOf(ledger))
  const missing: Array<number> = []
  let { ended, since, skipped, undelivered } = ledger
  for (const offset of offsets) {
    const found = store.records.get(originKey({ ...ledger, offset }))
    if (found !== undefined) since = sinceOf(since, [found])
    if (found?.ending === "skipped") skipped++
    else if (found !== undefined) ended++
    else if (gaps.some(isWithin(offset))) undelivered++
    else missing.push(offset)
  }
  return { ...ledger, next, ended, skipped, undelivered, missing, ...(since !== undefined && { since }) }
}

const toAccount = (ledger: PartitionCounts): Account => {
  const { aheadOf, began: _began, cluster: _cluster, missing, since: _since, ...counts } = ledger
  const ahead = missing.filter((offset) => aheadOf.some(isWithin(offset))).length
  return { ...counts, unaccounted: missing.length, missing: rangesOf(ledger).slice(0, 20), ahead }
}

export const accountIn = (store: JournalStore, positions: ReadonlyArray<Origin>): ReadonlyArray<Account> =>
  positions.flatMap((position) => {
    const known = store.ledgers.get(keyOf(position))
    if (known === undefined) return []
    const ledger = advance(store, known, position.offset)
    store.ledgers.set(keyOf(position), ledger)
    return [toAccount(ledger)]
  })

export const pruneIn = (store: JournalStore, before: number, limit: number): number => {
  let count = 0
  for (const ledger of store.ledgers.values()) {
    const oldest = [...store.records]
      .filter(([, { origin }]) => keyOf(origin) === keyOf(ledger) && origin.offset < ledger.next)
      .sort(([, a], [, b]) => a.origin.offset - b.origin.offset)
      .slice(0, limit)
    for (const [key, { at }] of oldest) if (at < before && store.records.delete(key)) count++
  }
  return count
}
