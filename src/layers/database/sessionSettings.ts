import type { PgPoolConfig } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Duration, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"

import { ATTEMPT_LIMIT, sqlState } from "./availability.ts"

/**
 * Makes the server end by itself what this process has given up, even if it hears nothing more from this process: a
 * statement after the time of an attempt, and a transaction of a machine that crashed.
 */
const sessionSettings = {
  statement_timeout: `${Duration.toMillis(ATTEMPT_LIMIT)}ms`,
  idle_in_transaction_session_timeout: "10s"
} as const

/** A pooler refuses start parameters that it does not know with this SQLSTATE. */
const isRefused = (error: SqlError) => sqlState(error) === "08P01"

/**
 * Returns the configuration of a pool whose sessions have these settings. Opens a connection to find out whether a
 * pooler refuses them. If one does, returns the pool without them and logs a warning.
 */
export const withSessionSettings = Effect.fnUntraced(function* (pool: PgPoolConfig) {
  const configured: PgPoolConfig = { ...pool, startupParameters: sessionSettings }
  return yield* Effect.scoped(Effect.as(PgConnection.make(configured), configured)).pipe(
    Effect.catchIf(isRefused, () =>
      Effect.as(
        Effect.logWarning("pooler refuses statement_timeout: a timed-out statement may keep running in the database"),
        pool
      )
    )
  )
})
