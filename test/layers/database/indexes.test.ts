import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { createIndexes } from "../../../src/layers/database/indexes.ts"
import { migrate } from "../../../src/layers/database/migrate.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { SearchIndex } from "../../../src/services/SearchIndex.ts"
import { SettingsTest } from "../../support/settings.ts"

const Pglite = Database.pipe(
  Layer.provideMerge(DatabaseStatusRef),
  Layer.provide(SettingsTest({ database: { dataDir: "memory://" } }))
)

/** Columns of the table that an index holds, or that decide whether a row is in it. */
const COLUMNS = `SELECT DISTINCT a.attname AS name FROM pg_index i
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid > 0
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
WHERE i.indrelid = 'communications'::regclass ORDER BY 1`

it.effect("docs/database.md: no index of the read model depends on a column that each append changes", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const columns = yield* sql.unsafe<{ name: string }>(COLUMNS)
    // `seq`, `listing` and `updated_at` change with nearly every append. The Case's columns change with an append that
    // changes nothing else.
    assert.deepStrictEqual(
      columns.map(({ name }) => name),
      [
        "answered_at",
        "created_at",
        "due",
        "held_servicenow",
        "held_weni",
        "id",
        "in_doubt",
        "journey",
        "listed",
        "phone",
        "sent_at",
        "status",
        "undelivered"
      ]
    )
  }).pipe(Effect.provide(Pglite))
)

/** The schema as version 14 had it, with its indexes, and a communication that such a program wrote. */
const version14 = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`ALTER TABLE operation_failures DROP COLUMN tag`
  yield* sql`ALTER TABLE communications DROP COLUMN listed`
  yield* sql`DELETE FROM migrations WHERE migration_id >= 15`
  yield* sql`CREATE INDEX communications_unlisted ON communications (created_at, id) WHERE listing IS NULL`
  yield* sql`CREATE INDEX communications_case_number ON communications (case_number) WHERE case_number IS NOT NULL`
  yield* sql`CREATE INDEX communications_awaiting ON communications (created_at, id)
    WHERE phone IS NOT NULL AND answered_at IS NULL AND NOT undelivered`
  yield* write14("listed", "{}")
})

const write14 = (id: string, listing: string | null) =>
  Effect.flatMap(
    SqlClient,
    (sql) => sql`INSERT INTO communications (id, seq, journey, status, in_doubt, listing, created_at, updated_at)
    VALUES (${id}, 1, 'j', 'working', false, ${listing}, now(), now())`
  )

const missing = Effect.gen(function* () {
  const index = yield* SearchIndex
  return (yield* index.missing(10, [])).map(({ id }) => id)
}).pipe(Effect.provide(Layer.provide(JournalSql, SettingsTest())))

it.effect(
  "docs/database.md: rows that version 14 has listed, or lists beside newer programs, are not filled again",
  () =>
    Effect.gen(function* () {
      yield* version14
      yield* migrate([])
      yield* write14("later", "{}")
      assert.deepStrictEqual(yield* missing, [])
    }).pipe(Effect.provide(Pglite))
)

it.effect("docs/database.md: if version 14 has not listed all rows, the filling goes through all that it wrote", () =>
  Effect.gen(function* () {
    yield* version14
    yield* write14("unlisted", null)
    yield* migrate([])
    yield* write14("later", "{}")
    assert.sameMembers(yield* missing, ["listed", "unlisted"])
  }).pipe(Effect.provide(Pglite))
)

it.effect("docs/database.md: a start drops the indexes that only earlier versions use", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const names = Effect.map(
      sql<{ name: string }>`SELECT indexname AS name FROM pg_indexes
        WHERE tablename = 'communications' AND schemaname = current_schema()`,
      (rows) => rows.map(({ name }) => name).toSorted()
    )
    const before = yield* names
    yield* version14
    assert.includeMembers(yield* names, [
      "communications_awaiting",
      "communications_case_number",
      "communications_unlisted"
    ])
    yield* migrate([])
    yield* createIndexes(sql)
    assert.deepStrictEqual(yield* names, before)
  }).pipe(Effect.provide(Pglite))
)
