import type * as PgConnection from "@effect/sql-pg/PgConnection"
import { Duration, Effect } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

import { abandonOnInterrupt } from "../abandonOnInterrupt.ts"
import { describeSqlError } from "../availability.ts"

/** The lock connection is given up after this time without an answer, which is less than a proof counts. */
export const LOCK_SILENCE = Duration.seconds(5)

/** Why the lock connection is unusable, as an error that a new connection may fix. */
export const unusable = (detail: string): SqlError =>
  new SqlError({ reason: new ConnectionError({ cause: new Error(detail) }) })

export type Row = Readonly<Record<string, unknown>>

/** Runs statements, one after the other, on the one connection that holds the locks of this process. */
export interface LockStatements {
  readonly ask: (sql: string, parameters?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<Row>, SqlError>
}

/**
 * Each statement ends with its answer or after five seconds. An interrupted caller does not wait for it, as it would
 * with the driver's own interruption: that waits for the server, which may be gone. The connection must be closed after
 * a failure, because it is unknown then what the server received.
 */
export const makeLockStatements = (session: PgConnection.PgConnection): LockStatements => ({
  ask: (sql, parameters) =>
    Effect.map(abandonOnInterrupt(session.query(sql, parameters)), ({ rows }) => rows).pipe(
      Effect.timeoutOrElse({
        duration: LOCK_SILENCE,
        orElse: () => Effect.fail(unusable("the lock connection does not answer"))
      })
    )
})

/**
 * The server ends a session that has been silent for ten seconds and releases its locks. This covers a stopped process
 * and a machine that crashed without closing its connection. Set by statements, because a pooler refuses start
 * parameters that it does not know.
 */
const settings = {
  statement_timeout: `${Duration.toMillis(LOCK_SILENCE)}ms`,
  idle_in_transaction_session_timeout: "10s",
  idle_session_timeout: "10s",
  tcp_keepalives_idle: "5",
  tcp_keepalives_interval: "1",
  tcp_keepalives_count: "4",
  tcp_user_timeout: "10s",
  client_connection_check_interval: "2s"
} as const

/** Applies the settings. A server goes without a setting that it, or its kernel, does not support. */
export const setLockSettings = ({ ask }: LockStatements) =>
  Effect.forEach(
    Object.entries(settings),
    ([name, value]) =>
      Effect.catch(ask("SELECT set_config($1, $2, false)", [name, value]), (error: SqlError) =>
        error.reason._tag === "ConnectionError"
          ? Effect.fail(error)
          : Effect.logWarning(`lock connection works without ${name}: ${describeSqlError(error)}`)
      ),
    { discard: true }
  )
