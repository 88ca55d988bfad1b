import { type Origin, originKey } from "../../domain/Origin.ts"
import type { Claim, ClaimsWanted, Ending, OrphansWanted, Parked } from "../../services/Journal.ts"
import { endIn, findIn, type JournalStore } from "./store.ts"
import { awaitingIn } from "./storeSearch.ts"

export const parkIn = (store: JournalStore, parked: ReadonlyArray<Parked>, endings: ReadonlyArray<Ending>): void => {
  const texts = parked.map((one) => JSON.stringify(one))
  const over = new Set(endings.map(({ origin }) => originKey(origin)).filter((key) => store.records.has(key)))
  for (const [index, { key, origin }] of parked.entries()) {
    if (!store.parked.has(key) && !over.has(originKey(origin))) store.parked.set(key, texts[index] ?? "")
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

/** The oldest first; events of one time in the order of their records and within these. */
const oldest = (a: Parked, b: Parked): number =>
  a.parkedAt - b.parkedAt ||
  text(a.origin.topic, b.origin.topic) ||
  a.origin.partition - b.origin.partition ||
  a.origin.offset - b.origin.offset ||
  a.key.length - b.key.length ||
  text(a.key, b.key)

const parkedOf = (store: JournalStore): ReadonlyArray<Parked> =>
  [...store.parked.values()].map((text): Parked => JSON.parse(text)).sort(oldest)

const byPhones = (store: JournalStore, { names }: Parked, since: number): string | undefined => {
  const phones = names.flatMap(({ kind, value }) => (kind === "phone" ? [value] : []))
  const [only, ...others] = awaitingIn(store, phones, since)
  return others.length === 0 ? only : undefined
}

const claimedBy = (store: JournalStore, parked: Parked, since: number): string | undefined => {
  for (const { kind, value } of parked.names) {
    if (kind === "id" && store.communications.has(value)) return value
    const id = kind === "phone" ? byPhones(store, parked, since) : kind !== "id" && findIn(store, { kind, value })
    if (typeof id === "string") return id
  }
  return undefined
}

export const claimableIn = (
  store: JournalStore,
  { awaitingSince, except, limit }: ClaimsWanted
): ReadonlyArray<Claim> =>
  parkedOf(store)
    .flatMap((parked) => {
      const id = claimedBy(store, parked, awaitingSince)
      return id === undefined || except.ids.includes(id) || except.keys.includes(parked.key) ? [] : [{ parked, id }]
    })
    .slice(0, limit)

/** As one place in the order of records: what was parked with one of them. */
const placeOf = ({ origin, parkedAt }: Parked) => `${parkedAt} ${originKey(origin)}`

export const orphansIn = (
  store: JournalStore,
  { except, limit, parkedBefore }: OrphansWanted
): ReadonlyArray<Parked> => {
  const all = parkedOf(store).filter(({ key, parkedAt }) => parkedAt < parkedBefore && !except.includes(key))
  const last = all[limit - 1]
  return all.filter((parked, index) => index < limit || (last !== undefined && placeOf(parked) === placeOf(last)))
}
