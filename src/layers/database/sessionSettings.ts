import type { PgPoolConfig } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Duration, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"

import { ATTEMPT_LIMIT, sqlState } from "./availability.ts"

/**
 * The server ends by itself what this process has given up, also when no word of it comes any more: a statement after the
 * time of an attempt, and a transaction of a machine that crashed in it.
 */
const sessionSettings = {
  statement_timeout: `${Duration.toMillis(ATTEMPT_LIMIT)}ms`,
  idle_in_transaction_session_timeout: "10s"
} as const

/** A pooler refuses start parameters that it does not know with this SQLSTATE. */
const isRefused = (error: SqlError) => sqlState(error) === "08P01"

/**
 * Returns the configuration of a pool whose sessions have these settings. Behind a pooler that refuses them it goes without
 * them, with a warning. Opens a connection to find out.
 */
export const withSessionSettings = Effect.fnUntraced(function* (pool: PgPoolConfig) {
  const configured: PgPoolConfig = { ...pool, startupParameters: sessionSettings }
  return yield* Effect.scoped(Effect.as(PgConnection.make(configured), configured)).pipe(
    Effect.catchIf(isRefused, () =>
      Effect.as(
        Effect.logWarning("a pooler refuses statement_timeout: what is given up may go on in the database"),
        pool
      )
    )
  )
})
