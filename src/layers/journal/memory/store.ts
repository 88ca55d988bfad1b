import { Effect } from "effect"

import type { Fact, Vendor } from "../../../domain/communication/Fact.ts"
import { type IndexEntry, indexKey } from "../../../domain/inbound/namesOf.ts"
import { erasedId } from "../../../domain/personal/erasedId.ts"
import { originKey, type Origin } from "../../../domain/record/Origin.ts"
import type { SearchTerm } from "../../../domain/search/SearchTerm.ts"
import type { Tally } from "../../../domain/views/tallies.ts"
import type { View } from "../../../domain/views/View.ts"
import type { IndexedCase } from "../../../services/CommunicationIndex.ts"
import { Fenced, type Append, type Forgotten, type UnknownFact } from "../../../services/Journal.ts"
import type { LogRange, OffsetRange } from "../../../services/Kafka.ts"
import type { RecordEnding, Account, KnownLog } from "../../../services/Ledger.ts"
import type { ProcessReport } from "../../../services/Processes.ts"
import { readFacts } from "../readFacts.ts"
import type { CreationStore } from "./creations.ts"
import type { OperationStore } from "./operations.ts"
import type { SessionStore } from "./sessions.ts"

export interface StoredCommunication {
  /** One text for each append, as a database would keep them. */
  readonly texts: ReadonlyArray<string>
  readonly seq: number
  readonly view: View
  /** Epoch milliseconds. */
  readonly createdAt: number
}

/** What has been counted of one partition: everything before `next` except what is `missing`. */
export interface PartitionCounts
  extends Omit<Account, "missing" | "unaccounted" | "ahead">, Pick<KnownLog, "cluster" | "since" | "began"> {
  readonly missing: ReadonlyArray<number>
  /** Offsets that the group had committed before this database knew of them. */
  readonly aheadOf: ReadonlyArray<OffsetRange>
}

/** The content of a database, held in memory. Tests may read it, but only the functions of this folder write it. */
export interface JournalStore {
  readonly communications: Map<string, StoredCommunication>
  /** For each name, when it was first given to each communication. */
  readonly names: Map<string, Map<string, number>>
  readonly records: Map<string, RecordEnding>
  /** The `Parked` as text, by key. */
  readonly parked: Map<string, string>
  readonly forgotten: Map<string, Forgotten>
  /** By log, `topic/partition`, and then `~generation`. */
  readonly ledgers: Map<string, PartitionCounts>
  readonly gaps: Array<LogRange>
  readonly creations: CreationStore
  readonly operations: OperationStore
  readonly sessions: SessionStore
  /** `kind:value`, by communication. */
  readonly terms: Map<string, ReadonlySet<string>>
  /** The codigos of its failures, by communication. */
  readonly codigos: Map<string, ReadonlyArray<string>>
  /** The latest report of each process, by its id. */
  readonly processes: Map<string, ProcessReport>
  /** What was counted, with its time. */
  readonly tallies: Array<Tally & { readonly at: number }>
  readonly breakerCloses: Record<Vendor, number>
}

export const makeJournalStore = (): JournalStore => ({
  communications: new Map(),
  names: new Map(),
  records: new Map(),
  parked: new Map(),
  forgotten: new Map(),
  ledgers: new Map(),
  gaps: [],
  creations: new Map(),
  operations: new Map(),
  sessions: new Map(),
  terms: new Map(),
  codigos: new Map(),
  processes: new Map(),
  tallies: [],
  breakerCloses: { servicenow: 0, weni: 0 }
})

export const loadFrom = (store: JournalStore, id: string): Effect.Effect<ReadonlyArray<Fact>, UnknownFact> =>
  Effect.suspend(() => readFacts(id, store.communications.get(id)?.texts ?? []))

/** What remains of a deleted communication, by its own id. */
export const forgottenFrom = (store: JournalStore, id: string): Forgotten | undefined => {
  const found = store.forgotten.get(id) ?? store.forgotten.get(erasedId(id))
  return found && { ...found, id }
}

export const nameKey = ({ kind, value }: IndexEntry) => `${kind} ${indexKey(value)}`

export const endIn = (store: JournalStore, endings: ReadonlyArray<RecordEnding>): void => {
  for (const ending of endings) {
    const key = originKey(ending.origin)
    if (!store.records.has(key)) store.records.set(key, ending)
  }
}

const name = (store: JournalStore, entry: IndexEntry, id: string, at: number): void => {
  const key = nameKey(entry)
  const ids = store.names.get(key) ?? new Map<string, number>()
  if (!ids.has(id)) store.names.set(key, ids.set(id, at))
}

/** Names an id as a keyed hash would. */
export const refOf = (id: string): string => Buffer.from(id).toString("base64url")

export const termKey = ({ kind, value }: SearchTerm): string =>
  kind === "id" ? `ref:${refOf(value)}` : `${kind}:${value}`

/** Appends in one step, so that no reader sees half of it. Of two writers at one position the second is fenced. */
export const appendTo = (store: JournalStore, append: Append): Effect.Effect<void, Fenced> =>
  Effect.suspend(() => {
    const { id, seq, facts, view } = append
    const text = JSON.stringify(facts)
    const known = store.communications.get(id) ?? { texts: [], seq: 0, createdAt: view.createdAt ?? view.updatedAt }
    if (facts.length === 0) return Effect.die(new Error(`${id}: an append without facts`))
    const isErased = seq === 0 && forgottenFrom(store, id)?.erased === true
    if (known.seq !== seq || isErased) return Effect.fail(new Fenced({ id, seq }))
    store.communications.set(id, {
      texts: [...known.texts, text],
      seq: seq + facts.length,
      view,
      createdAt: known.createdAt
    })
    for (const entry of append.index) name(store, entry, entry.id ?? id, view.updatedAt)
    if (append.terms !== undefined && append.terms.length > 0) {
      store.terms.set(id, new Set([...(store.terms.get(id) ?? []), ...append.terms.map(termKey)]))
    }
    if (append.codigos !== undefined) store.codigos.set(id, append.codigos)
    for (const tally of append.tallies ?? []) store.tallies.push({ ...tally, at: view.updatedAt })
    endIn(store, append.endings)
    return Effect.void
  })

/** The communications whose dispatch or latest answer by this phone is not older than `since`, the latest first. */
export const addressedIn = (store: JournalStore, phone: string, since: number): ReadonlyArray<string> =>
  byTime(store, ({ addressee }) => {
    const at = addressee?.answeredAt ?? addressee?.sentAt
    return addressee?.phone === phone && at !== undefined && at >= since ? at : undefined
  }).toReversed()

/** The communication that was named last. At the same time, the greater id, as in the database. */
export const findIn = (store: JournalStore, entry: IndexEntry): string | undefined => {
  let last: readonly [id: string, at: number] | undefined
  for (const [id, at] of store.names.get(nameKey(entry)) ?? []) {
    if (last === undefined || at > last[1] || (at === last[1] && id > last[0])) last = [id, at]
  }
  return last?.[0]
}

export const endingOf = (store: JournalStore, origin: Origin): RecordEnding | undefined =>
  store.records.get(originKey(origin))

export const countInDoubt = (store: JournalStore): number => {
  let count = 0
  for (const { view } of store.communications.values()) if (view.inDoubt) count++
  return count
}

/** The ids whose view has a time to sort by, in that order. At the same time, by id, as in the database. */
const byTime = (store: JournalStore, time: (view: View) => number | undefined): ReadonlyArray<string> =>
  [...store.communications]
    .flatMap(([id, { view }]) => {
      const at = time(view)
      return at === undefined ? [] : [{ id, at }]
    })
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id)

export const dueIn = (store: JournalStore, now: number, limit: number): ReadonlyArray<string> =>
  byTime(store, ({ due }) => (due !== undefined && due <= now ? due : undefined)).slice(0, limit)

export const heldIn = (store: JournalStore, vendor: Vendor, limit: number): ReadonlyArray<string> =>
  byTime(store, ({ held }) => held?.[vendor]).slice(0, limit)

export const stalledIn = (store: JournalStore, before: number, limit: number): ReadonlyArray<string> =>
  byTime(store, ({ held, status, updatedAt }) =>
    status === "working" && held === undefined && updatedAt < before ? updatedAt : undefined
  ).slice(0, limit)

/** The newest first. */
export const newestCasesIn = (store: JournalStore, limit: number): ReadonlyArray<IndexedCase> =>
  [...store.communications]
    .sort(([a, first], [b, second]) => second.createdAt - first.createdAt || (a < b ? 1 : -1))
    .slice(0, limit)
    .flatMap(([id, { view }]) => (view.caseNumber === undefined ? [] : [{ id, journey: view.journey }]))
