import { erasedId } from "../../../domain/personal/erasedId.ts"
import type { Forgotten, Idle } from "../../../services/Journal.ts"
import { renameOperations } from "./operations.ts"
import { forgottenFrom, type JournalStore } from "./store.ts"

const byCreation = (a: Idle, b: Idle): number => a.createdAt - b.createdAt || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)

export const idleIn = (store: JournalStore, before: number, limit: number, after?: Idle): ReadonlyArray<Idle> =>
  [...store.communications]
    .filter(([, { view }]) => view.updatedAt < before && view.due === undefined && view.held === undefined)
    .map(([id, { createdAt, seq }]): Idle => ({ id, seq, createdAt }))
    .filter((idle) => after === undefined || byCreation(idle, after) > 0)
    .sort(byCreation)
    .slice(0, limit)

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
