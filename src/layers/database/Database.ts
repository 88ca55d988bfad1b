import { Effect, Layer } from "effect"

import { Settings } from "../../services/Settings.ts"
import { DatabasePg } from "./DatabasePg.ts"
import { DatabasePglite } from "./DatabasePglite.ts"

/** The `SqlClient` that `DATABASE_URL` names, or embedded PGlite without one: ready to be written to by this process. */
export const Database = Layer.unwrap(
  Effect.map(Settings, ({ database }) => (database.url === undefined ? DatabasePglite : DatabasePg))
)
