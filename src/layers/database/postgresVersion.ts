import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/** The database can be reached and is none that this service can work with: an operator has to choose another. */
export class DatabaseUnsupported extends Schema.TaggedError<DatabaseUnsupported>()("DatabaseUnsupported", {
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

/** `server_version_num`: 140000 for 14.0. */
export const postgresVersion = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [row] = yield* sql<{ version: string }>`SELECT current_setting('server_version_num') AS version`
  return Number(row?.version ?? 0)
})

/** CONTRACT `DATABASE_URL`: Postgres 14 or later. */
export const requireSupported = (host: string, version: number): Effect.Effect<void, DatabaseUnsupported> =>
  version >= 140_000
    ? Effect.void
    : Effect.fail(
        new DatabaseUnsupported({
          detail: `DATABASE_URL: Postgres ${Math.floor(version / 10_000)} at ${host}; 14 or later is needed`
        })
      )
