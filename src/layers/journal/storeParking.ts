import { originKey } from "../../domain/Origin.ts"
import type { Claim, Ending, Parked, ParkedName } from "../../services/Journal.ts"
import { endIn, findIn, type JournalStore } from "./store.ts"

export const parkIn = (store: JournalStore, parked: ReadonlyArray<Parked>, endings: ReadonlyArray<Ending>): void => {
  const texts = parked.map((one) => JSON.stringify(one))
  const over = new Set(endings.map(({ origin }) => originKey(origin)).filter((key) => store.records.has(key)))
  for (const [index, { key, origin }] of parked.entries()) {
    if (!store.parked.has(key) && !over.has(originKey(origin))) store.parked.set(key, texts[index] ?? "")
  }
  endIn(store, endings)
}

export const unparkIn = (store: JournalStore, keys: ReadonlyArray<string>): void => {
  for (const key of keys) store.parked.delete(key)
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

const knownBy = (store: JournalStore, name: ParkedName): string | undefined => {
  if (name.kind !== "id") return findIn(store, name)
  return store.communications.has(name.value) ? name.value : undefined
}

export const claimableIn = (store: JournalStore, limit: number): ReadonlyArray<Claim> =>
  parkedOf(store)
    .flatMap((parked) => {
      const ids = parked.names.map((name) => knownBy(store, name))
      const id = ids.find((known) => known !== undefined)
      return id === undefined ? [] : [{ parked, id }]
    })
    .slice(0, limit)

export const orphansIn = (store: JournalStore, parkedBefore: number, limit: number): ReadonlyArray<Parked> =>
  parkedOf(store)
    .filter(({ parkedAt }) => parkedAt < parkedBefore)
    .slice(0, limit)
