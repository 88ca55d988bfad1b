import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Clock, Config, Effect, Layer, Redacted } from "effect"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { SettingsTest, type Overrides } from "../../support/settings.ts"

const execute = (url: string, statement: string) =>
  Effect.scoped(Effect.flatMap(PgConnection.make({ url: Redacted.make(url) }), (session) => session.query(statement)))

/** A schema of this run alone in the database at `url`, dropped with the scope. Returns the URL that leads into it. */
export const schemaIn = Effect.fnUntraced(function* (url: string) {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`
  yield* Effect.acquireRelease(execute(url, `CREATE SCHEMA ${name}`), () =>
    Effect.ignore(execute(url, `DROP SCHEMA ${name} CASCADE`))
  )
  const own = new URL(url)
  own.searchParams.set("options", `-c search_path=${name}`)
  return own.href
})

/** `DATABASE_URL`; tests on a real database fail without it. */
export const databaseUrl = Effect.orDie(
  Effect.gen(function* () {
    return yield* Config.String("DATABASE_URL")
  })
)

/** A session of a real server ends after a real time of silence, so what keeps it alive needs the real time, too. */
const realTime = Layer.sync(Clock.Clock, () => Clock.Clock.defaultValue())

/** The database at `url` as one start of the service opens it; each call is a start of its own. */
export const databaseAt = (url: string, overrides: Overrides = {}) =>
  Layer.fresh(
    Database.pipe(
      Layer.provideMerge(DatabaseStatusRef),
      Layer.provide(SettingsTest({ database: { url: Redacted.make(url), dataDir: "unused" }, ...overrides })),
      Layer.provide(realTime)
    )
  )

/** The journal in the database at `url`. */
export const journalAt = (url: string, overrides: Overrides = {}) =>
  JournalSql.pipe(Layer.provideMerge(databaseAt(url, overrides)), Layer.provide(SettingsTest(overrides)))
