import type { Forgotten, Idle } from "../../services/Journal.ts"
import type { JournalStore } from "./store.ts"

const byCreation = (a: Idle, b: Idle): number => a.createdAt - b.createdAt || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)

export const idleIn = (store: JournalStore, before: number, limit: number, after?: Idle): ReadonlyArray<Idle> =>
  [...store.communications]
    .filter(([, { view }]) => view.updatedAt < before && view.due === undefined)
    .map(([id, { createdAt, seq }]): Idle => ({ id, seq, createdAt }))
    .filter((idle) => after === undefined || byCreation(idle, after) > 0)
    .sort(byCreation)
    .slice(0, limit)

export const forgetIn = (store: JournalStore, old: ReadonlyArray<Forgotten & Pick<Idle, "seq">>): number => {
  let count = 0
  for (const { seq, ...forgotten } of old) {
    const { id } = forgotten
    if (store.communications.get(id)?.seq !== seq) continue
    count++
    store.communications.delete(id)
    for (const [key, ids] of store.names) if (ids.delete(id) && ids.size === 0) store.names.delete(key)
    if (forgotten.hash !== undefined || store.forgotten.get(id)?.hash === undefined) store.forgotten.set(id, forgotten)
  }
  return count
}

export const pruneIn = (store: JournalStore, before: number, limit: number): number => {
  let count = 0
  for (const { next, partition, topic } of store.ledgers.values()) {
    const oldest = [...store.records]
      .filter(([, { origin }]) => origin.topic === topic && origin.partition === partition && origin.offset < next)
      .sort(([, a], [, b]) => a.origin.offset - b.origin.offset)
      .slice(0, limit)
    for (const [key, { at }] of oldest) if (at < before && store.records.delete(key)) count++
  }
  return count
}
