import { originKey, type Origin } from "../../domain/Origin.ts"
import type { Account } from "../../services/Journal.ts"
import type { OffsetRange } from "../../services/Kafka.ts"
import type { JournalStore } from "./store.ts"

/** What has been counted of one partition: everything before `next`, but for what is `missing`. */
export interface Ledger extends Omit<Account, "missing" | "unaccounted"> {
  readonly missing: ReadonlyArray<number>
}

const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`

export const beginLedgerIn = (store: JournalStore, positions: ReadonlyArray<Origin>): void => {
  for (const { topic, partition, offset } of positions) {
    const ledger = { topic, partition, first: offset, next: offset, ended: 0, skipped: 0, undelivered: 0, missing: [] }
    if (!store.ledgers.has(keyOf(ledger))) store.ledgers.set(keyOf(ledger), ledger)
  }
}

/** Offsets in a row as one range. */
const rangesOf = ({ topic, partition, missing }: Ledger): ReadonlyArray<OffsetRange> => {
  const ranges: Array<OffsetRange> = []
  for (const offset of missing) {
    const last = ranges.at(-1)
    if (last?.next === offset) ranges[ranges.length - 1] = { ...last, next: offset + 1 }
    else ranges.push({ topic, partition, first: offset, next: offset + 1 })
  }
  return ranges
}

const advance = (store: JournalStore, ledger: Ledger, position: number): Ledger => {
  const next = Math.max(ledger.next, position)
  const asked = [...ledger.missing, ...Array.from({ length: next - ledger.next }, (_, at) => ledger.next + at)]
  const gaps = store.gaps.filter((gap) => keyOf(gap) === keyOf(ledger))
  const missing: Array<number> = []
  let { ended, skipped, undelivered } = ledger
  for (const offset of asked) {
    const found = store.records.get(originKey({ ...ledger, offset }))
    if (found?.ending === "skipped") skipped++
    else if (found !== undefined) ended++
    else if (gaps.some((gap) => gap.first <= offset && offset < gap.next)) undelivered++
    else missing.push(offset)
  }
  return { ...ledger, next, ended, skipped, undelivered, missing }
}

export const accountIn = (store: JournalStore, positions: ReadonlyArray<Origin>): ReadonlyArray<Account> =>
  positions.flatMap((position) => {
    const known = store.ledgers.get(keyOf(position))
    if (known === undefined) return []
    const ledger = advance(store, known, position.offset)
    store.ledgers.set(keyOf(position), ledger)
    return [{ ...ledger, unaccounted: ledger.missing.length, missing: rangesOf(ledger).slice(0, 20) }]
  })
