import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

/** Whether the database answers a statement now; may take long where nothing answers at all. */
export const probe = (sql: SqlClient): Effect.Effect<boolean> =>
  sql`SELECT 1`.pipe(
    Effect.as(true),
    Effect.orElseSucceed(() => false),
    Effect.withTracerEnabled(false)
  )
