import { Effect } from "effect"

import type { Fact, Vendor } from "../../../domain/communication/Fact.ts"
import { type IndexEntry, indexKey, type ParkedName } from "../../../domain/inbound/namesOf.ts"
import { erasedId } from "../../../domain/personal/erasedId.ts"
import { inGeneration, logName, originKey, type Origin } from "../../../domain/record/Origin.ts"
import type { SearchTerm } from "../../../domain/search/SearchTerm.ts"
import type { Tally } from "../../../domain/views/tallies.ts"
import type { View } from "../../../domain/views/View.ts"
import type { IndexedCase } from "../../../services/CommunicationIndex.ts"
import { Fenced, type Append, type Forgotten, type Idle, type UnknownFact } from "../../../services/Journal.ts"
import type { LogRange, OffsetRange } from "../../../services/Kafka.ts"
import type { RecordEnding, Account, KnownLog, NewLog } from "../../../services/Ledger.ts"
import type {
  LeftOfRecord,
  MatchedParkedEvent,
  MatchesWanted,
  OrphansWanted,
  Parked,
  ParkedPosition
} from "../../../services/ParkedEvents.ts"
import type { ProcessReport } from "../../../services/Processes.ts"
import { inLogOrder } from "../logs.ts"
import { readFacts } from "../readFacts.ts"
import type { CreationStore } from "./creations.ts"
import { type OperationStore, renameOperations } from "./operations.ts"
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
interface PartitionCounts
  extends Omit<Account, "missing" | "unaccounted" | "ahead">, Pick<KnownLog, "cluster" | "since" | "began"> {
  readonly missing: ReadonlyArray<number>
  /** Offsets that the group had committed before this database knew of them. */
  readonly aheadOf: ReadonlyArray<OffsetRange>
}

/** The content of a database, held in memory. Tests may read it, but only the functions below write it. */
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
  /** Of its failures, by communication. */
  readonly codigos: Map<string, ReadonlyArray<string>>
  /** The latest report of each, by its id. */
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
    if (known.seq !== seq) return Effect.fail(new Fenced({ id, seq }))
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
  // What is missing at the end of what was counted was never seen here: the audit counts up to the group's position.
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

const byCreation = (a: Idle, b: Idle): number => a.createdAt - b.createdAt || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)

export const idleIn = (store: JournalStore, before: number, limit: number, after?: Idle): ReadonlyArray<Idle> =>
  [...store.communications]
    .filter(([, { view }]) => view.updatedAt < before && view.due === undefined && view.held === undefined)
    .map(([id, { createdAt, seq }]): Idle => ({ id, seq, createdAt }))
    .filter((idle) => after === undefined || byCreation(idle, after) > 0)
    .sort(byCreation)
    .slice(0, limit)

/** What remains of a deleted communication, by its own id. */
export const forgottenFrom = (store: JournalStore, id: string): Forgotten | undefined => {
  const found = store.forgotten.get(id) ?? store.forgotten.get(erasedId(id))
  return found && { ...found, id }
}

/** Replaces an id that holds personal data wherever it is kept beside its communication. */
const renameIn = (store: JournalStore, id: string, kept: string): void => {
  store.forgotten.delete(id)
  for (const [key, ending] of store.records) if (ending.id === id) store.records.set(key, { ...ending, id: kept })
  renameOperations(store.operations, id, kept)
}

export const forgetIn = (store: JournalStore, old: ReadonlyArray<Forgotten & Pick<Idle, "seq">>): number => {
  let count = 0
  for (const { seq, ...forgotten } of old) {
    const { erased, id } = forgotten
    if (store.communications.get(id)?.seq !== seq) continue
    count++
    store.communications.delete(id)
    store.terms.delete(id)
    store.codigos.delete(id)
    for (const [key, ids] of store.names) if (ids.delete(id) && ids.size === 0) store.names.delete(key)
    const before = forgottenFrom(store, id)
    const kept = erased === true ? erasedId(id) : id
    if (kept !== id) renameIn(store, id, kept)
    const left = forgotten.hash === undefined && before?.hash !== undefined ? before : forgotten
    store.forgotten.set(kept, { ...left, id: kept, ...(erased && { erased }) })
  }
  return count
}

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

export const parkIn = (
  store: JournalStore,
  parked: ReadonlyArray<Parked>,
  endings: ReadonlyArray<RecordEnding>
): void => {
  const texts = parked.map((one) => JSON.stringify(one))
  const endedRecords = new Set(endings.map(({ origin }) => originKey(origin)).filter((key) => store.records.has(key)))
  for (const [index, { key, origin }] of parked.entries()) {
    if (!store.parked.has(key) && !endedRecords.has(originKey(origin))) store.parked.set(key, texts[index] ?? "")
  }
  endIn(store, endings)
}

export const unparkIn = (
  store: JournalStore,
  keys: ReadonlyArray<string>,
  deadLetters: ReadonlyArray<Origin>
): void => {
  for (const key of keys) store.parked.delete(key)
  for (const origin of deadLetters) {
    const known = store.records.get(originKey(origin))
    if (known !== undefined) store.records.set(originKey(origin), { ...known, ending: "dead_letter" })
  }
}

const text = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1)

/** The oldest first. Events of the same time follow the order of their records and their own order within these. */
const oldest = (a: Parked, b: Parked): number =>
  a.parkedAt - b.parkedAt ||
  text(logName(a.origin), logName(b.origin)) ||
  a.origin.partition - b.origin.partition ||
  a.origin.offset - b.origin.offset ||
  a.key.length - b.key.length ||
  text(a.key, b.key)

const parkedOf = (store: JournalStore): ReadonlyArray<Parked> =>
  [...store.parked.values()].map((text): Parked => JSON.parse(text)).sort(oldest)

const claimedBy = (store: JournalStore, parked: Parked, since: number): string | undefined => {
  for (const { kind, value } of parked.names) {
    if (kind === "id" && store.communications.has(value)) return value
    if (kind === "record" || kind === "refused") continue
    const id = kind === "phone" ? addressedIn(store, value, since)[0] : kind !== "id" && findIn(store, { kind, value })
    if (typeof id === "string") return id
  }
  return undefined
}

export const claimableIn = (
  store: JournalStore,
  { awaitingSince, except, limit }: MatchesWanted
): ReadonlyArray<MatchedParkedEvent> =>
  parkedOf(store)
    .flatMap((parked) => {
      const id = claimedBy(store, parked, awaitingSince)
      if (id === undefined || except.ids.includes(id) || except.keys.includes(parked.key)) return []
      return store.communications.get(id)?.view.held?.servicenow === undefined ? [{ parked, id }] : []
    })
    .slice(0, limit)

/** Identifies the events that were parked with one record. */
const placeOf = ({ origin, parkedAt }: Parked) => `${parkedAt} ${originKey(origin)}`

export const orphansIn = (
  store: JournalStore,
  { except, limit, parkedBefore, withoutKnown = false }: OrphansWanted
): ReadonlyArray<Parked> => {
  const isKnown = ({ names }: Parked) =>
    names.some(({ kind, value }) => kind === "id" && store.communications.has(value))
  const all = parkedOf(store).filter(
    (parked) => parked.parkedAt < parkedBefore && !except.includes(parked.key) && !(withoutKnown && isKnown(parked))
  )
  const last = all[limit - 1]
  return all.filter((parked, index) => index < limit || (last !== undefined && placeOf(parked) === placeOf(last)))
}

export const parkedPageIn = (
  store: JournalStore,
  limit: number,
  after: ParkedPosition | undefined
): ReadonlyArray<Parked> =>
  parkedOf(store)
    .filter(
      ({ key, parkedAt }) =>
        after === undefined || parkedAt > after.parkedAt || (parkedAt === after.parkedAt && key > after.key)
    )
    .toSorted((one, other) => one.parkedAt - other.parkedAt || (one.key < other.key ? -1 : 1))
    .slice(0, limit)

const namedIn = (store: JournalStore, named: ParkedName): ReadonlyArray<Parked> =>
  parkedOf(store).filter(({ names }) => names.some(({ kind, value }) => kind === named.kind && value === named.value))

export const waitingForIn = (store: JournalStore, id: string, limit: number): ReadonlyArray<Parked> =>
  namedIn(store, { kind: "id", value: id }).slice(0, limit)

export const leftOfIn = (store: JournalStore, origin: Origin, ended: ReadonlyArray<string>): LeftOfRecord => {
  const value = originKey(origin)
  const waiting = namedIn(store, { kind: "record", value }).some(({ key }) => !ended.includes(key))
  return { waiting, refused: waiting ? [] : namedIn(store, { kind: "refused", value }) }
}

export const replaceIn = (store: JournalStore, { event, key, names }: Parked): void => {
  const known = store.parked.get(key)
  if (known !== undefined) store.parked.set(key, JSON.stringify({ ...JSON.parse(known), event, names }))
}
