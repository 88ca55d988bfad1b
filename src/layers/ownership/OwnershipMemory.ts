import { Clock, Effect, Layer } from "effect"

import { monotonicNow } from "../../domain/values/monotonicTime.ts"
import { always, Ownership } from "../../services/Ownership.ts"
import { lockOwnership } from "./lockOwnership.ts"
import { LockTable, type LockKeeper, type LockKey } from "./LockTable.ts"

/**
 * Keeps the locks of processes that share this one's memory: those of tests, and the process that has an embedded
 * database to itself.
 */
export const makeLockServer = () => {
  const owners = new Map<LockKey, LockTable>()
  const tables = new Set<LockTable>()

  const leave = (table: LockTable): void => {
    tables.delete(table)
    for (const [key, owner] of owners) if (owner === table) owners.delete(key)
  }

  const tryTake = (table: LockTable, key: LockKey): boolean => {
    const owner = owners.get(key)
    if (owner === undefined) owners.set(key, table)
    return owner === undefined || owner === table
  }

  /** Begins a session of the process. The locks that it had before are freed. */
  const join = (table: LockTable): LockKeeper => {
    leave(table)
    tables.add(table)
    const give = (key: LockKey) => {
      if (owners.get(key) === table) owners.delete(key)
    }
    return {
      direct: { tryTake: (key) => tryTake(table, key), give },
      exchange: (given, asked) =>
        Effect.sync(() => {
          given.forEach(give)
          return asked.map((key) => tryTake(table, key))
        }),
      tell: (words) => Effect.sync(() => tables.forEach((other) => other.heard(words)))
    }
  }

  return {
    join,
    /** Frees the locks of the process, as its end does. */
    leave,
    /** How many locks are held. */
    size: () => owners.size
  }
}

/**
 * `Ownership` of a process whose locks are in memory. No other process had any of them after `validFrom`, monotonic
 * milliseconds, or now if it is absent.
 */
export const makeOwnershipMemory = Effect.fnUntraced(function* (server = makeLockServer(), validFrom?: number) {
  const clock = yield* Clock.Clock
  const table = new LockTable(clock)
  const known = { provenAt: always, validFrom: validFrom ?? monotonicNow(clock) }
  yield* Effect.addFinalizer(() => Effect.sync(() => server.leave(table)))
  yield* Effect.forkScoped(table.serve(server.join(table), known))
  return lockOwnership(table, clock, (kind, id) => `${kind} ${id}`)
})

export const ownershipMemory = (server?: ReturnType<typeof makeLockServer>, validFrom?: number) =>
  Layer.effect(Ownership, makeOwnershipMemory(server, validFrom))
