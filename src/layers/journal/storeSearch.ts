import type { View } from "../../services/Journal.ts"
import type { JournalStore } from "./store.ts"

/** The ids whose view has a time to sort by, in that order; at one time by id, as in the database. */
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

export const stalledIn = (store: JournalStore, before: number, limit: number): ReadonlyArray<string> =>
  byTime(store, ({ status, updatedAt }) => (status === "working" && updatedAt < before ? updatedAt : undefined)).slice(
    0,
    limit
  )

/** The latest first, two at most. */
export const awaitingIn = (
  store: JournalStore,
  phones: ReadonlyArray<string>,
  since: number
): ReadonlyArray<string> => {
  const matching = byTime(store, ({ awaiting }) =>
    awaiting !== undefined && awaiting.since >= since && phones.includes(awaiting.phone) ? awaiting.since : undefined
  )
  return matching.slice(-2).reverse()
}
