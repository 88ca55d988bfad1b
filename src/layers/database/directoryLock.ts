import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"

import { Clock, Effect } from "effect"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"

/** Logs that somebody else is waited for: at once, then at most every 10 s. */
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

/** The open file of the lock, or `undefined` while another process has it; throws where the directory is unusable. */
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

/** Who has the directory now, in words; `undefined`: nobody. Throws where the directory is unusable. */
export const directoryHolder = (directory: string): string | undefined => {
  const lock = tryLock(lockIn(directory))
  lock?.close()
  return lock === undefined ? holder(directory) : undefined
}

/**
 * One process for one data directory: returns when this one has it, and keeps it until the scope closes. The lock is the
 * kernel's own on an open file (SQLite is Node's way to it), so that it ends with the process however that dies.
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
  // Only for the message above: the lock is what counts.
  yield* Effect.ignore(Effect.try(() => writeFileSync(pidIn(directory), `${process.pid}\n`)))
})
