import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"

import { lookupLocks, sweepLocks } from "../../../services/Ownership.ts"
import type { Settings } from "../../../services/Settings.ts"
import { describeSqlError } from "../availability.ts"
import type { LockStatements } from "./LockStatements.ts"

/**
 * The two locks of versions that had no locks by communication. Processes of this version share both. An old process
 * that worked alone held the lock of the database exclusively. Old replicas shared it, and each takes the lock of the
 * migrations exclusively when it starts. So old processes wait: one that works alone for the first lock, a replica for
 * the second.
 */
const runner = "hashtextextended('brom-ctx runner ' || current_schema(), 0)"
const migrations = "hashtextextended('brom-ctx migrations ' || current_schema(), 0)"
/**
 * Held by each process from its start on, whether it works or waits. It distinguishes a process from an old replica.
 * Processes that start at once would otherwise take each other for old replicas, and wait for each other.
 */
const numbered = "hashtextextended('brom-ctx numbered ' || current_schema(), 0)"
/** Held by each process that works, from this version on. */
const working = "hashtextextended('brom-ctx process ' || current_schema(), 0)"

const holds = (lock: string, pid: string) => `EXISTS (
  SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND ${pid}
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((l.classid::bigint << 32) | l.objid::bigint) = ${lock})`

const together = (lock: string) => `SELECT pg_try_advisory_lock_shared(${lock}) AS got`

/**
 * An old replica holds the first lock, but neither the second one nor that of numbered processes. If another process of
 * this version works, the second lock has been held since the last old process ended. An old process that is seen then
 * is only waiting.
 */
const FREE = `SELECT ${holds(working, "l.pid <> pg_backend_pid()")} OR NOT EXISTS (
  SELECT FROM pg_locks r WHERE r.locktype = 'advisory' AND r.granted AND r.objsubid = 1
    AND r.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((r.classid::bigint << 32) | r.objid::bigint) = ${runner}
    AND NOT ${holds(migrations, "l.pid = r.pid")} AND NOT ${holds(numbered, "l.pid = r.pid")}) AS free`

/**
 * Postgres refuses a lock behind a waiting request, although we could share it. This cancels the request of an old
 * replica in the server, and the old replica repeats it. Use it only while another process of ours works, because the
 * old replica cannot get the lock then.
 */
const CALL_OFF = `SELECT pg_cancel_backend(w.pid) FROM pg_locks w
  WHERE w.locktype = 'advisory' AND NOT w.granted AND w.objsubid = 1
    AND w.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((w.classid::bigint << 32) | w.objid::bigint) = ${migrations}
    AND ${holds(working, "l.pid <> pg_backend_pid()")}`

const GIVE_BACK = `SELECT pg_advisory_unlock_shared(${migrations})`

const WORKING = `SELECT pg_try_advisory_lock_shared(${working})`

/** The number of processes that work on the database, including this one. */
const WORKERS = `SELECT count(*)::integer AS workers FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((l.classid::bigint << 32) | l.objid::bigint) = ${working}`

/**
 * Completes when no process of an older version works on the database. None can begin to work while this session lasts.
 */
export const outlivePredecessors = Effect.fnUntraced(function* (
  { ask }: LockStatements,
  waiting: (detail: string) => Effect.Effect<void>
) {
  const pause = Effect.andThen(waiting("an older version still holds the database"), Effect.sleep("1 second"))
  const is = (query: string, column: string) => Effect.map(ask(query), ([row]) => row?.[column] === true)
  /** Cancels the request. Waits for the request if this database user may not cancel it. */
  const calledOff = Effect.map(ask(CALL_OFF), (rows) => rows.length > 0).pipe(
    Effect.catch((error: SqlError) =>
      error.reason._tag === "ConnectionError"
        ? Effect.fail(error)
        : Effect.as(
            Effect.logWarning(`lock request of an older version could not be cancelled: ${describeSqlError(error)}`),
            false
          )
    )
  )
  yield* ask(together(numbered))
  while (!(yield* is(together(runner), "got"))) yield* pause
  for (;;) {
    if (yield* is(together(migrations), "got")) {
      if (yield* is(FREE, "free")) break
      // An old replica that restarts needs this lock. If we kept it, we and the replica would wait for each other.
      yield* ask(GIVE_BACK)
      yield* pause
    } else if (yield* calledOff) yield* Effect.sleep("20 millis")
    else yield* pause
  }
  yield* ask(WORKING)
})

const ROOM = `SELECT current_setting('max_locks_per_transaction')::integer
  * (current_setting('max_connections')::integer + current_setting('max_prepared_transactions')::integer) AS room`

type LockSettings = Pick<Settings["Service"], "maxInFlight" | "serviceNow">

/**
 * Maximum number of locks of one process without those of customers: of records in progress, of the sweep, and of
 * events whose Case was looked up. Twice the records, for the two topics. More may be needed: by several events of one
 * record, and by work that continues after its record has ended or moved to another process. Those locks count like all
 * others, so work beyond the bound waits for room.
 */
export const boundedLocks = ({ maxInFlight }: Pick<LockSettings, "maxInFlight">): number =>
  2 * maxInFlight + sweepLocks + lookupLocks

/** Maximum number of locks of one process, with those of the customers who are being created. */
export const mostLocks = (settings: LockSettings): number =>
  boundedLocks(settings) + 4 * settings.serviceNow.concurrency

/**
 * Returns a warning for the operator if locks could fill the server's table, because the whole server refuses
 * connections then.
 */
export const roomWarning = (locks: number, processes: number, room: number): string | undefined =>
  locks * processes <= room / 2
    ? undefined
    : `${processes} processes take up to ${locks * processes} advisory locks, more than half of the ${room} that the server has room for: ` +
      "raise max_locks_per_transaction, or lower MAX_IN_FLIGHT"

/** Logs this warning at the start. */
export const warnOfRoom = Effect.fnUntraced(function* ({ ask }: LockStatements, locks: number) {
  const [limits] = yield* ask(ROOM)
  const [seen] = yield* ask(WORKERS)
  const warning = roomWarning(locks, Number(seen?.workers), Number(limits?.room))
  if (warning !== undefined) yield* Effect.logWarning(warning)
})
