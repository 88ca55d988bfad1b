import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Logger, Redacted } from "effect"

import { Database } from "../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { DatabaseStatus } from "../../src/services/DatabaseStatus.ts"
import { SettingsTest } from "../support/settings.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually } from "./support/service.ts"

/** A database of its own: a session of its owner, and the URL of a user who has only the rights of everybody. */
const guest = Effect.gen(function* () {
  const url = new URL(yield* ownDatabase(databaseUrl))
  const owner = yield* PgConnection.make({ url: Redacted.make(url.href) })
  const name = `guest_${crypto.randomUUID().replaceAll("-", "")}`
  yield* owner.query(`CREATE ROLE ${name} LOGIN`)
  yield* Effect.addFinalizer(() =>
    Effect.ignore(Effect.andThen(owner.query(`DROP OWNED BY ${name}`), owner.query(`DROP ROLE ${name}`)))
  )
  url.username = name
  return { owner, name, url: url.href }
})

/** A start on the database: its log and its status. */
const start = Effect.fnUntraced(function* (url: string) {
  const lines: Array<string> = []
  const logger = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
  const memory = yield* Layer.build(Layer.fresh(DatabaseStatusRef))
  const database = Database.pipe(
    Layer.provide([
      Layer.succeedContext(memory),
      SettingsTest({ database: { url: Redacted.make(url), dataDir: "unused" } })
    ])
  )
  const opening = yield* Effect.forkScoped(Effect.provide(Layer.build(Layer.fresh(database)), logger))
  return { lines, opening, status: Context.get(memory, DatabaseStatus) }
})

const logged = (lines: ReadonlyArray<string>, text: string) =>
  eventually(
    text,
    Effect.sync(() => lines.some((line) => line.includes(text)))
  )

/** The start reports why it waits, in the log and in its status, and continues after the owner has acted. */
const waitsFor = (
  reason: (name: string) => string,
  query: string,
  remedy: (name: string) => string,
  granted: (name: string) => string = () => "SELECT 1"
) =>
  Effect.gen(function* () {
    const { name, owner, url } = yield* guest
    yield* owner.query("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    yield* owner.query("CREATE SCHEMA closed")
    yield* owner.query(granted(name))
    const { lines, opening, status } = yield* start(`${url}?${query}`)
    yield* logged(lines, reason(name))
    const { detail, holder } = yield* status.state
    assert.isFalse(holder)
    assert.include(detail, reason(name))
    assert.notInclude(lines.join("\n"), "25P02")
    yield* owner.query(remedy(name))
    yield* Fiber.join(opening)
    assert.isTrue((yield* status.state).holder)
  }).pipe(Effect.scoped)

it.live("SPEC 9.1: a missing schema is named, and the start waits for it", () =>
  waitsFor(
    () => "no schema of search_path = ctx exists: CREATE SCHEMA, or another search_path in DATABASE_URL (options)",
    "options=-c%20search_path%3Dctx",
    (name) => `CREATE SCHEMA ctx AUTHORIZATION ${name}`
  )
)

it.live("SPEC 9.1: a schema without a right on it is named, and the start waits for the right", () =>
  waitsFor(
    (name) => `the user ${name} has no right on the schema closed: GRANT USAGE, CREATE ON SCHEMA closed`,
    "options=-c%20search_path%3Dclosed",
    (name) => `GRANT USAGE, CREATE ON SCHEMA closed TO ${name}`
  )
)

it.live("SPEC 9.1: without the right to create tables the first error is reported, and the process is not ready", () =>
  waitsFor(
    () => "42501 permission denied for schema closed",
    "options=-c%20search_path%3Dclosed",
    (name) => `GRANT CREATE ON SCHEMA closed TO ${name}`,
    (name) => `GRANT USAGE ON SCHEMA closed TO ${name}`
  )
)
