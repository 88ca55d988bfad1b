import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { DatabaseOperator } from "../../src/layers/database/DatabaseOperator.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { schemaVersion } from "../../src/layers/database/migrate.ts"
import { RedrivesSql } from "../../src/layers/journal/RedrivesSql.ts"
import { redrivesContract } from "../contracts/redrives.ts"
import { databaseAt, databaseUrl, schemaIn } from "../layers/database/postgresSchema.ts"
import { SettingsTest } from "../support/settings.ts"

const guestAt = (url: string) =>
  DatabaseOperator.pipe(
    Layer.provide([DatabaseStatusRef, SettingsTest({ database: { url: Redacted.make(url), dataDir: "unused" } })])
  )

/** A schema that one start of the service has created, and whose lock it holds until the test ends. */
const held = Effect.gen(function* () {
  const url = yield* schemaIn(yield* databaseUrl)
  yield* Layer.build(databaseAt(url))
  return url
})

redrivesContract(
  "RedrivesSql on Postgres, beside the process that holds it",
  Layer.unwrap(Effect.map(held, (url) => Layer.provide(RedrivesSql, guestAt(url))))
)

describe("the database of an operator's command", () => {
  it.live("docs/database.md: a command works beside the process that holds the lock, and takes no lock", () =>
    Effect.gen(function* () {
      const url = yield* held
      const count = Effect.gen(function* () {
        const sql = yield* SqlClient
        return yield* sql<{ records: number }>`SELECT count(*)::integer AS records FROM records`
      })
      assert.deepStrictEqual(yield* Effect.provide(count, guestAt(url)), [{ records: 0 }])
    }).pipe(Effect.scoped)
  )

  it.live("docs/database.md: the schema of another version is refused, and not changed", () =>
    Effect.gen(function* () {
      const url = yield* held
      const version = Effect.flatMap(SqlClient, (sql) => sql`SELECT max(migration_id) AS version FROM migrations`)
      const addLater = Effect.flatMap(
        SqlClient,
        (sql) => sql`INSERT INTO migrations (migration_id, name) VALUES (${schemaVersion + 1}, 'later')`
      )
      yield* Effect.provide(addLater, guestAt(url))
      const error = yield* Effect.flip(Effect.provide(version, guestAt(url)))
      assert.match(
        String(error),
        new RegExp(`is version ${schemaVersion + 1}, this command works with ${schemaVersion}: `)
      )
    }).pipe(Effect.scoped)
  )
})
