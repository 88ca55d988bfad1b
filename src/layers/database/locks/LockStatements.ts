import type * as PgConnection from "@effect/sql-pg/PgConnection"
import { Duration, Effect } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

import { abandonOnInterrupt } from "../abandonOnInterrupt.ts"

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
