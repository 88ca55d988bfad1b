import { Effect } from "effect"

import {
  type EndedItems,
  mostFailures,
  type NewOperation,
  noneEnded,
  type Operation,
  Operations
} from "../../../services/Operations.ts"

interface StoredItem {
  readonly id: string
  readonly position: number
  readonly due: number
}

interface StoredOperation {
  readonly operation: Operation
  readonly items: ReadonlyArray<StoredItem>
  /** No item of the operation has had this position or a later one. */
  readonly nextPosition: number
}

/** The operations of one database, by id. */
export type OperationStore = Map<string, StoredOperation>

const isAfter = (one: Pick<Operation, "at" | "id">, other: Pick<Operation, "at" | "id">): boolean =>
  one.at === other.at ? one.id < other.id : one.at < other.at

const newestFirst = (store: OperationStore): ReadonlyArray<Operation> =>
  [...store.values()]
    .map(({ operation }) => operation)
    .toSorted((one, other) => (one.id === other.id ? 0 : isAfter(one, other) ? 1 : -1))

const begun = (operation: NewOperation, left: number, { done, failures }: EndedItems): Operation => ({
  ...operation,
  state: left === 0 ? "done" : "running",
  total: left + done,
  done,
  failures: failures.slice(0, mostFailures),
  ...(left === 0 && { endedAt: operation.at })
})

/** Replaces the id of a communication in all operations. */
export const renameOperations = (store: OperationStore, id: string, kept: string): void => {
  const rename = <A extends { readonly id: string }>(one: A): A => (one.id === id ? { ...one, id: kept } : one)
  for (const [key, { items, nextPosition, operation }] of store) {
    const target = operation.target === id ? { target: kept } : {}
    const renamed = { ...operation, ...target, failures: operation.failures.map(rename) }
    store.set(key, { items: items.map(rename), nextPosition, operation: renamed })
  }
}

const running = (store: OperationStore): ReadonlyArray<StoredOperation> =>
  [...store.values()]
    .filter(({ operation }) => operation.state === "running")
    .toSorted((one, other) => (isAfter(one.operation, other.operation) ? -1 : 1))

/** `Operations` in a store that outlives the process. */
export const operationsIn = (store: OperationStore) => {
  const change = (id: string, to: (stored: StoredOperation) => StoredOperation | undefined) =>
    Effect.sync(() => {
      const stored = store.get(id)
      const changed = stored && to(stored)
      if (changed !== undefined) store.set(id, changed)
    })
  return Operations.of({
    begin: Effect.fn("Operations.begin")((operation, items, ended = noneEnded) =>
      Effect.sync(() => {
        if (store.has(operation.id)) return
        const kept = items.map((id, position) => ({ id, position, due: 0 }))
        store.set(operation.id, {
          operation: begun(operation, items.length, ended),
          items: kept,
          nextPosition: items.length
        })
      })
    ),
    beginOwn: Effect.fn("Operations.beginOwn")((operation, total) =>
      Effect.sync(() => {
        if (store.has(operation.id)) return
        const begins: Operation = { ...operation, state: "running", total, done: 0, failures: [] }
        store.set(operation.id, { operation: begins, items: [], nextPosition: 0 })
      })
    ),
    end: Effect.fn("Operations.end")((id, at, { done, failures }) =>
      change(id, ({ items, nextPosition, operation }) => {
        if (operation.done > 0) return undefined
        const state = operation.state === "running" ? "done" : operation.state
        const ended = { ...operation, state, done, failures: failures.slice(0, mostFailures) }
        return { items, nextPosition, operation: { ...ended, endedAt: operation.endedAt ?? at } }
      })
    ),
    stopAbandoned: (before, at) =>
      Effect.sync(() => {
        const abandoned = running(store).filter(({ items, operation }) => items.length === 0 && operation.at < before)
        for (const { operation, ...rest } of abandoned)
          store.set(operation.id, { ...rest, operation: { ...operation, state: "stopped", endedAt: at } })
        return abandoned.length
      }),
    get: (id) => Effect.sync(() => store.get(id)?.operation),
    list: (limit, after) =>
      Effect.sync(() =>
        newestFirst(store)
          .filter((one) => after === undefined || isAfter(one, after))
          .slice(0, limit)
      ),
    next: Effect.fn("Operations.next")((now, limit) =>
      Effect.sync(() =>
        running(store).flatMap(({ items, operation }) =>
          items
            .filter(({ due }) => due <= now)
            .slice(0, limit)
            .map(({ id, position }) => ({ operation, id, position }))
        )
      )
    ),
    finish: Effect.fn("Operations.finish")(({ id, operation, position }, at, failure) =>
      change(operation.id, ({ items, nextPosition, operation: known }) => {
        const left = items.filter((item) => item.position !== position)
        if (left.length === items.length) {
          if (failure !== undefined) return undefined
          const failures = known.failures.filter((failed) => failed.id !== id)
          return { items, nextPosition, operation: { ...known, failures } }
        }
        const done = known.done + 1
        const failures = failure === undefined ? known.failures : [...known.failures, failure].slice(0, mostFailures)
        const ends = known.state === "running" && done >= known.total
        return {
          items: left,
          nextPosition,
          operation: { ...known, done, failures, ...(ends && { state: "done", endedAt: at }) }
        }
      })
    ),
    postpone: Effect.fn("Operations.postpone")(({ operation, position }, until) =>
      change(operation.id, ({ items, nextPosition, operation: known }) => {
        const item = items.find((one) => one.position === position)
        if (item === undefined) return undefined
        const others = items.filter((one) => one !== item)
        const postponed = { ...item, position: nextPosition, due: until }
        return { operation: known, items: [...others, postponed], nextPosition: nextPosition + 1 }
      })
    ),
    stop: Effect.fn("Operations.stop")((id, at) =>
      change(id, ({ nextPosition, operation }) =>
        operation.state === "running"
          ? { operation: { ...operation, state: "stopped", endedAt: at }, items: [], nextPosition }
          : undefined
      )
    ),
    prune: (before) =>
      Effect.sync(() => {
        const old = [...store.values()].filter(({ operation: { endedAt = Infinity } }) => endedAt < before)
        for (const { operation } of old) store.delete(operation.id)
        return old.length
      })
  })
}
