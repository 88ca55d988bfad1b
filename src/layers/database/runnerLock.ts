import type { PgClientConfig } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Clock, Deferred, Duration, Effect, Queue, Schedule } from "effect"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { makeAvailability } from "./availability.ts"
import { makeWaiting } from "./directoryLock.ts"
import { momentOf } from "./leases.ts"

/** The session of the lock is asked each second: its connection is destroyed after that long without an answer. */
export const LOCK_SILENCE = Duration.seconds(5)

/**
 * The server, too, ends a session that nobody answers in, after some 10 s instead of hours: the lock of a connection that is
 * gone must not be waited for. On a Unix socket it means nothing.
 */
const END_WHEN_GONE = `SELECT set_config('tcp_user_timeout', '10000', false), set_config('tcp_keepalives_idle', '5', false),
  set_config('tcp_keepalives_interval', '2', false), set_config('tcp_keepalives_count', '3', false)`

const moment = Clock.clockWith((clock) => Effect.sync(() => momentOf(clock)))

/**
 * The database's lock (CONTRACT `RUNNER_HOST`): returns when this process holds what it wants, and keeps it on a connection of its
 * own until the scope closes. A lost connection is logged, `DatabaseStatus` stops being the holder (writes wait), and the
 * lock is taken again.
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

  /** Fails when the session, and with it the lock, is gone: at once where the connection says so, else within 6 s. */
  const watch = Effect.fnUntraced(function* (session: PgConnection.PgConnection) {
    // Nobody notifies here: the channel is there to fail with its connection.
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
      // Not every system can: then the lock is waited for as long as the server's own settings say.
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
  /** Brings one row, `held`. */
  readonly sql: string
  readonly parameters: ReadonlyArray<string>
  /** Who must have it when it is not to be had. */
  readonly held: string
}

/** What a process needs of the database's locks, and how it says that it has them; `host` holds no password. */
export interface Wanted {
  readonly locks: ReadonlyArray<Lock>
  /** The line in the log. */
  readonly line: string
  /** For `DatabaseStatus`. */
  readonly detail: string
}

/** One lock for each schema: installations that share a database do not meet. */
const database = "hashtextextended('brom-ctx runner ' || current_schema(), 0)"

/** A runner alone has the database for itself. */
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

/** Replicas share the database, and have an address each: two with one address would get each other's messages. */
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
