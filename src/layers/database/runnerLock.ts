import type { PgClientConfig } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Clock, Deferred, Duration, Effect, Queue, Schedule } from "effect"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { makeAvailability } from "./availability.ts"
import { makeWaiting } from "./directoryLock.ts"
import { momentOf } from "./leases.ts"

/** The lock's session is queried each second. Its connection is destroyed after this time without an answer. */
export const LOCK_SILENCE = Duration.seconds(5)

/**
 * Makes the server end a session whose client is gone after some 10 s instead of hours, because another process may be
 * waiting for its lock. Has no effect on a Unix socket.
 */
const END_WHEN_GONE = `SELECT set_config('tcp_user_timeout', '10000', false), set_config('tcp_keepalives_idle', '5', false),
  set_config('tcp_keepalives_interval', '2', false), set_config('tcp_keepalives_count', '3', false)`

const moment = Clock.clockWith((clock) => Effect.sync(() => momentOf(clock)))

/**
 * Takes the database's locks (CONTRACT `RUNNER_HOST`). Returns once this process holds them, and keeps them on a connection
 * of its own until the scope closes. A lost connection is logged. `DatabaseStatus` then reports that the locks are not
 * held, so writes wait, and the locks are taken again.
 */
export const runnerLock = Effect.fnUntraced(function* (config: PgClientConfig, host: string, wanted: Wanted) {
  const status = yield* DatabaseStatus
  const first = yield* Deferred.make<void>()
  const waiting = yield* makeWaiting
  const availability = yield* makeAvailability(`the lock of database ${host}`)

  const acquire = Effect.fnUntraced(function* (session: PgConnection.PgConnection) {
    for (const { held, parameters, sql } of wanted.locks) {
      while (true) {
        const { rows } = yield* session.query(sql, parameters)
        if (rows[0]?.held === true) break
        const detail = `${held}: waiting until it ends`
        yield* status.report({ detail })
        yield* waiting(detail)
        yield* Effect.sleep("1 second")
      }
    }
  })

  /** Fails when the session is gone, and with it the lock: at once if the connection reports it, else within 6 s. */
  const watch = Effect.fnUntraced(function* (session: PgConnection.PgConnection) {
    // No one notifies this channel. It only exists to fail with its connection.
    const channel = yield* session.listen("brom_ctx_lock")
    const prove = Effect.flatMap(moment, (provenAt) =>
      Effect.andThen(session.query("SELECT 1"), status.report({ provenAt }))
    )
    return yield* Effect.raceFirst(Effect.forever(Queue.take(channel)), Effect.forever(Effect.delay(prove, "1 second")))
  })

  const hold = Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* PgConnection.make({ ...config, applicationName: "brom-ctx lock" })
      const session = yield* connection.pin
      // Not every system supports this. Then the server's own settings decide how long another process waits.
      yield* Effect.ignore(session.query(END_WHEN_GONE))
      yield* acquire(session)
      yield* Effect.logInfo(wanted.line)
      yield* status.report({ holder: true, detail: wanted.detail })
      yield* Deferred.succeed(first, undefined)
      yield* watch(session)
    })
  ).pipe(Effect.onExit(() => status.report({ holder: false, detail: `the lock of ${host} is not held` })))

  yield* hold.pipe(
    Effect.tapError(availability.note),
    Effect.retry(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")])),
    Effect.forkScoped
  )
  yield* Deferred.await(first)
})

/** One advisory lock that a process needs. */
interface Lock {
  /** Returns one row with the column `held`. */
  readonly sql: string
  readonly parameters: ReadonlyArray<string>
  /** Describes who holds the lock when it cannot be taken. */
  readonly held: string
}

/** The locks that a process needs, and the texts that report that it holds them. They do not contain a password. */
export interface Wanted {
  readonly locks: ReadonlyArray<Lock>
  /** The log line. */
  readonly line: string
  /** For `DatabaseStatus`. */
  readonly detail: string
}

/** Each schema has its own lock, so installations that share a database do not interfere. */
const database = "hashtextextended('brom-ctx runner ' || current_schema(), 0)"

/** The lock of a single runner, which has the database for itself. */
export const alone = (host: string): Wanted => ({
  locks: [
    {
      sql: `SELECT pg_try_advisory_lock(${database}) AS held`,
      parameters: [],
      held: `another process works on the database ${host}`
    }
  ],
  line: `holding the database ${host}`,
  detail: `holding ${host}`
})

/**
 * The locks of a replica. Replicas share the database, and each has its own address: two with one address would receive
 * each other's messages.
 */
export const replica = (host: string, address: string): Wanted => ({
  locks: [
    {
      sql: `SELECT pg_try_advisory_lock_shared(${database}) AS held`,
      parameters: [],
      held: `a process without RUNNER_HOST works on the database ${host}`
    },
    {
      sql: "SELECT pg_try_advisory_lock(hashtextextended('brom-ctx replica ' || $1 || ' ' || current_schema(), 0)) AS held",
      parameters: [address],
      held: `another replica on the database ${host} has the address ${address}`
    }
  ],
  line: `replica ${address} shares the database ${host}`,
  detail: `replica ${address} at ${host}`
})
