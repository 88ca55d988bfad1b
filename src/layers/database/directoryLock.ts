import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"

import { Clock, Effect } from "effect"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"

/** Makes a logger for what this process waits for. It logs at once, then at most every 10 s. */
export const makeWaiting = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  let loggedAt = -Infinity
  return (detail: string) =>
    Effect.suspend(() => {
      const now = clock.currentTimeMillisUnsafe()
      if (now - loggedAt < 10_000) return Effect.void
      loggedAt = now
      return Effect.logWarning(detail)
    })
})

const SQLITE_BUSY = 5

const errcode = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "errcode" in error ? error.errcode : undefined

/** Returns the open lock file, or `undefined` while another process holds it. Throws if the directory is unusable. */
const tryLock = (file: string): DatabaseSync | undefined => {
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec("BEGIN EXCLUSIVE")
    return lock
  } catch (error) {
    lock.close()
    if (errcode(error) === SQLITE_BUSY) return undefined
    throw error
  }
}

const lockIn = (directory: string) => join(directory, "lock")
const pidIn = (directory: string) => join(directory, "lock.pid")

const holder = (directory: string): string => {
  try {
    return `process ${readFileSync(pidIn(directory), "utf8").trim()}`
  } catch {
    return "another process"
  }
}

/** Describes the process that holds the directory. `undefined` if none does. Throws if the directory is unusable. */
export const directoryHolder = (directory: string): string | undefined => {
  const lock = tryLock(lockIn(directory))
  lock?.close()
  return lock === undefined ? holder(directory) : undefined
}

/**
 * Locks a data directory for this process: returns once it holds the lock, and keeps it until the scope closes. It is
 * the kernel's lock on an open file, which Node can use through SQLite, so it ends with the process, however that ends.
 */
export const directoryLock = Effect.fnUntraced(function* (directory: string) {
  const status = yield* DatabaseStatus
  const waiting = yield* makeWaiting

  const attempt = Effect.try(() => tryLock(lockIn(directory)))
  while (true) {
    const lock = yield* Effect.acquireRelease(attempt, (held) => Effect.sync(() => held?.close()))
    if (lock !== undefined) break
    const detail = `${holder(directory)} works in ${directory}: waiting until it ends`
    yield* status.report({ detail })
    yield* waiting(detail)
    yield* Effect.sleep("1 second")
  }
  // The file only serves the message above. It is the lock that counts.
  yield* Effect.ignore(Effect.try(() => writeFileSync(pidIn(directory), `${process.pid}\n`)))
})
