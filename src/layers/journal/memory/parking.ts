import type { ParkedName } from "../../../domain/inbound/namesOf.ts"
import { logName, originKey, type Origin } from "../../../domain/record/Origin.ts"
import type { RecordEnding } from "../../../services/Ledger.ts"
import type {
  LeftOfRecord,
  MatchedParkedEvent,
  MatchesWanted,
  OrphansWanted,
  Parked,
  ParkedPosition
} from "../../../services/ParkedEvents.ts"
import { addressedIn, endIn, findIn, type JournalStore } from "./store.ts"

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
