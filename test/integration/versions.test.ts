import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Logger, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { describeSqlError } from "../../src/layers/database/availability.ts"
import { schemaVersion } from "../../src/layers/database/migrate.ts"
import { ownPostgres } from "../layers/database/ownPostgres.ts"
import { databaseAt, schemaIn } from "../layers/database/postgresSchema.ts"
import { eventually, startService } from "./support/service.ts"
import { temporaryDirectory } from "./support/temporaryFile.ts"

const runningPostgres = Effect.gen(function* () {
  const postgres = yield* ownPostgres
  yield* postgres.run("start")
  const session = yield* PgConnection.make({ url: Redacted.make(postgres.url) })
  return { ...postgres, session }
})

it.live(
  "CONTRACT DATABASE_URL: a process that cannot run beside a newer schema ends, with the reason and exit code 1",
  () =>
    Effect.gen(function* () {
      const { session, url } = yield* runningPostgres
      const service = yield* startService({
        DATABASE_URL: url,
        DATA_DIR: yield* temporaryDirectory,
        KAFKA_BROKERS: "127.0.0.1:1",
        SERVICENOW_URL: "http://127.0.0.1:1",
        SERVICENOW_USERNAME: "u",
        SERVICENOW_PASSWORD: "p",
        WENI_API_KEY: "k",
        WENI_API_SECRET: "s"
      })
      yield* eventually(
        "the lock session",
        Effect.map(service.logs, (lines) => lines.some(({ message }) => String(message).startsWith("sharing")))
      )
      // A newer process does this while this one has lost its lock session.
      yield* session.query("INSERT INTO migrations (migration_id, name) VALUES (99, 'test')")
      yield* session.query("INSERT INTO schema_versions (version, works_with) VALUES (99, 99)")
      yield* session.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'brom-ctx lock'"
      )
      assert.deepStrictEqual(yield* service.exit, { code: 1, signal: null })
      const reason = `the schema is version 99 and needs programs of version 99 at least; this one works with ${schemaVersion}`
      assert.include(yield* service.stderr, reason)
      const lines = (yield* service.logs).filter(({ message }) => String(message).includes(reason))
      assert.deepStrictEqual(
        lines.map(({ level }) => level),
        ["ERROR"]
      )
    })
)

it.live("SPEC 9.1: in each session of the service, the server ends statements that this process abandons", () =>
  Effect.gen(function* () {
    const { session, url } = yield* runningPostgres
    yield* session.query("ALTER ROLE postgres SET statement_timeout = '500ms'")
    // The migration waits longer than the role's limit for a statement.
    const other = yield* PgConnection.make({ url: Redacted.make(url), startupParameters: { statement_timeout: "0" } })
    yield* other.query("BEGIN")
    yield* other.query("SELECT pg_advisory_xact_lock(hashtextextended('brom-ctx schema ' || current_schema(), 0))")
    const lines: Array<string> = []
    const logger = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
    const opening = yield* Effect.forkScoped(Layer.build(databaseAt(url)).pipe(Effect.provide(logger)))
    yield* Effect.sleep("2 seconds")
    yield* other.query("COMMIT")
    const sql = Context.get(yield* Fiber.join(opening), SqlClient)
    assert.deepStrictEqual(
      lines.filter((line) => line.includes("does not answer")),
      []
    )
    const settings = yield* sql`SELECT current_setting('statement_timeout') AS statement,
      current_setting('idle_in_transaction_session_timeout') AS idle`
    assert.deepStrictEqual(settings, [{ statement: "30s", idle: "10s" }])
    const ended = yield* Effect.flip(sql`SELECT pg_sleep(40)`)
    assert.strictEqual(describeSqlError(ended), "57014 canceling statement due to statement timeout")
  }).pipe(Effect.scoped)
)

it.live("CONTRACT DATABASE_URL: a table migrations with other rows is reported, and the start waits", () =>
  Effect.gen(function* () {
    const { session, url } = yield* runningPostgres
    yield* session.query(
      "CREATE TABLE migrations (migration_id integer PRIMARY KEY, name text UNIQUE, created_at timestamptz)"
    )
    yield* session.query("INSERT INTO migrations VALUES (0, 'journal', now())")
    const lines: Array<string> = []
    const logger = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
    yield* Effect.forkScoped(Layer.build(databaseAt(url)).pipe(Effect.provide(logger)))
    yield* eventually(
      "a line",
      Effect.sync(() => lines.length > 0)
    )
    assert.match(String(lines[0]), /waiting: the rows of the table migrations are not those of this service$/)
  }).pipe(Effect.scoped)
)

for (const isolation of ["read committed", "repeatable read", "serializable"]) {
  it.live(`CONTRACT DATABASE_URL: processes that start at once migrate an empty database once: ${isolation}`, () =>
    Effect.gen(function* () {
      const { session, url } = yield* runningPostgres
      yield* session.query(`ALTER ROLE postgres SET default_transaction_isolation = '${isolation}'`)
      for (let round = 0; round < 5; round++) {
        const own = yield* schemaIn(url)
        const lines: Array<string> = []
        const logger = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
        const one = Layer.build(databaseAt(own)).pipe(Effect.provide(logger))
        yield* Effect.all([one, one, one], { concurrency: "unbounded" })
        assert.deepStrictEqual(
          lines.filter((line) => !line.startsWith("sharing the database")),
          []
        )
      }
    }).pipe(Effect.scoped)
  )
}
