import { Effect, Layer } from "effect"

import { Settings } from "../../services/Settings.ts"
import { DatabasePg } from "./DatabasePg.ts"
import { DatabasePglite } from "./DatabasePglite.ts"

/** The `SqlClient` of `DATABASE_URL`, or of embedded PGlite without one. This process may write to it. */
export const Database = Layer.unwrap(
  Effect.map(Settings, ({ database }) => (database.url === undefined ? DatabasePglite : DatabasePg))
)
