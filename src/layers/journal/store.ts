import { Effect } from "effect"

import { decodeFacts, type Fact } from "../../domain/Fact.ts"
import { originKey, type Origin } from "../../domain/Origin.ts"
import { Fenced, type Append, type Ending, type Forgotten, type IndexEntry, type View } from "../../services/Journal.ts"
import type { OffsetRange } from "../../services/Kafka.ts"
import { indexKey } from "./indexKey.ts"
import type { Ledger } from "./storeLedger.ts"

interface Stored {
  /** One text for each append, as a database would keep them. */
  readonly texts: ReadonlyArray<string>
  readonly seq: number
  readonly view: View
  /** Epoch milliseconds. */
  readonly createdAt: number
}

/** What a database holds, in memory: tests may read it, only the functions below write it. */
export interface JournalStore {
  readonly communications: Map<string, Stored>
  /** For each name, when each communication was first called so. */
  readonly names: Map<string, Map<string, number>>
  readonly records: Map<string, Ending>
  /** For each key the `Parked` as text. */
  readonly parked: Map<string, string>
  readonly forgotten: Map<string, Forgotten>
  /** By `topic/partition`. */
  readonly ledgers: Map<string, Ledger>
  readonly gaps: Array<OffsetRange>
}

export const makeJournalStore = (): JournalStore => ({
  communications: new Map(),
  names: new Map(),
  records: new Map(),
  parked: new Map(),
  forgotten: new Map(),
  ledgers: new Map(),
  gaps: []
})

export const loadFrom = (store: JournalStore, id: string): Effect.Effect<ReadonlyArray<Fact>> =>
  Effect.suspend(() => Effect.forEach(store.communications.get(id)?.texts ?? [], (text) => decodeFacts(text))).pipe(
    Effect.map((lists) => lists.flat()),
    Effect.orDie
  )

const nameKey = ({ kind, value }: IndexEntry) => `${kind} ${indexKey(value)}`

export const endIn = (store: JournalStore, endings: ReadonlyArray<Ending>): void => {
  for (const ending of endings) {
    const key = originKey(ending.origin)
    if (!store.records.has(key)) store.records.set(key, ending)
  }
}

/** One step: nobody sees half of it, and of two writers at one position the second is fenced. */
export const appendTo = (store: JournalStore, append: Append): Effect.Effect<void, Fenced> =>
  Effect.suspend(() => {
    const { id, seq, facts, view } = append
    const text = JSON.stringify(facts)
    const known = store.communications.get(id) ?? { texts: [], seq: 0, createdAt: view.updatedAt }
    if (facts.length === 0) return Effect.die(new Error(`${id}: an append without facts`))
    if (known.seq !== seq) return Effect.fail(new Fenced({ id, seq }))
    store.communications.set(id, {
      texts: [...known.texts, text],
      seq: seq + facts.length,
      view,
      createdAt: known.createdAt
    })
    for (const entry of append.index) name(store, entry, id, view.updatedAt)
    endIn(store, append.endings)
    return Effect.void
  })

const name = (store: JournalStore, entry: IndexEntry, id: string, at: number): void => {
  const key = nameKey(entry)
  const ids = store.names.get(key) ?? new Map<string, number>()
  if (!ids.has(id)) store.names.set(key, ids.set(id, at))
}

/** The last one named; at one time the greater id, as in the database. */
export const findIn = (store: JournalStore, entry: IndexEntry): string | undefined => {
  let last: readonly [id: string, at: number] | undefined
  for (const [id, at] of store.names.get(nameKey(entry)) ?? []) {
    if (last === undefined || at > last[1] || (at === last[1] && id > last[0])) last = [id, at]
  }
  return last?.[0]
}

export const endingOf = (store: JournalStore, origin: Origin): Ending | undefined =>
  store.records.get(originKey(origin))

export const countInDoubt = (store: JournalStore): number => {
  let count = 0
  for (const { view } of store.communications.values()) if (view.inDoubt) count++
  return count
}
