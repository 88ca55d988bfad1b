import type * as PgConnection from "@effect/sql-pg/PgConnection"
import { Duration, Effect } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

import { abandonOnInterrupt } from "../abandonOnInterrupt.ts"
import { describeSqlError } from "../availability.ts"

/** After so long without an answer the lock connection is given up: less than a proof counts. */
export const LOCK_SILENCE = Duration.seconds(5)

/** Why the lock connection is of no use, as an error that a new connection may heal. */
export const unusable = (detail: string): SqlError =>
  new SqlError({ reason: new ConnectionError({ cause: new Error(detail) }) })

export type Row = Readonly<Record<string, unknown>>

/** Statements on the one connection that holds the locks of this process, one after the other. */
export interface LockStatements {
  readonly ask: (sql: string, parameters?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<Row>, SqlError>
}

/**
 * Each statement ends by its answer or after five seconds, and whoever asks is not held by it: the driver's own interruption waits for
 * the server, which may be gone. The connection must be closed after a failure, for what the server got is not known then.
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
 * The server ends a session that has been silent for ten seconds, and its locks with it: of a process that is stopped, and of a
 * machine that died without a word. Set by statements, for a pooler refuses start parameters that it does not know.
 */
const settings = {
  idle_session_timeout: "10s",
  tcp_keepalives_idle: "5",
  tcp_keepalives_interval: "1",
  tcp_keepalives_count: "4",
  tcp_user_timeout: "10s",
  client_connection_check_interval: "2s"
} as const

/** A server that does not know one of them, or runs where the kernel does not, serves without it. */
export const setLockSettings = ({ ask }: LockStatements) =>
  Effect.forEach(
    Object.entries(settings),
    ([name, value]) =>
      Effect.catch(ask("SELECT set_config($1, $2, false)", [name, value]), (error: SqlError) =>
        error.reason._tag === "ConnectionError"
          ? Effect.fail(error)
          : Effect.logWarning(`the lock connection goes without ${name}: ${describeSqlError(error)}`)
      ),
    { discard: true }
  )
