import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"

import { databaseAt, databaseUrl, schemaIn } from "../layers/database/postgresSchema.ts"
import { eventually } from "./support/service.ts"

/** A schema with one communication, and a session on it. */
const usedSchema = Effect.gen(function* () {
  const url = yield* schemaIn(yield* databaseUrl)
  yield* Effect.scoped(Layer.build(databaseAt(url)))
  const session = yield* PgConnection.make({ url: Redacted.make(url) })
  yield* session.query(
    `INSERT INTO communications (id, seq, journey, status, in_doubt, created_at, updated_at)
      VALUES ('known', 1, 'j', 'working', false, now(), now())`
  )
  const isValid = Effect.map(
    session.query("SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('communications_phone')"),
    ({ rows }) => rows[0]?.valid
  )
  return { url, session, isValid }
})

it.live("docs/database.md: a missing index is built beside the work, which does not wait for it", () =>
  Effect.gen(function* () {
    const { isValid, session, url } = yield* usedSchema
    assert.isTrue(yield* isValid)
    yield* session.query("DROP INDEX communications_phone")
    // The build waits for every transaction that may still see an earlier state of the table.
    const older = yield* PgConnection.make({ url: Redacted.make(url) })
    yield* older.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
    yield* older.query("SELECT count(*) FROM communications")
    yield* Layer.build(databaseAt(url))
    yield* eventually(
      "the build waits",
      Effect.map(isValid, (valid) => valid === false)
    )
    yield* older.query("COMMIT")
    yield* eventually(
      "the index is valid",
      Effect.map(isValid, (valid) => valid === true)
    )
  }).pipe(Effect.scoped)
)

it.live("docs/database.md: the index of a failed build is built again", () =>
  Effect.gen(function* () {
    const { isValid, session, url } = yield* usedSchema
    yield* session.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'communications_phone'::regclass")
    assert.isFalse(yield* isValid)
    yield* Layer.build(databaseAt(url))
    yield* eventually(
      "the index is valid",
      Effect.map(isValid, (valid) => valid === true)
    )
  }).pipe(Effect.scoped)
)
