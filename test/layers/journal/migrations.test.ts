import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { migrate } from "../../../src/layers/database/migrate.ts"
import first from "../../../src/layers/database/migrations/0001_journal.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { CommunicationIndex } from "../../../src/services/CommunicationIndex.ts"
import { Journal } from "../../../src/services/Journal.ts"
import { ParkedEvents } from "../../../src/services/ParkedEvents.ts"
import { SettingsTest } from "../../support/settings.ts"

const Pglite = Database.pipe(
  Layer.provideMerge(DatabaseStatusRef),
  Layer.provide(SettingsTest({ database: { dataDir: "memory://" } }))
)

it.effect("docs/database.md: a database of the first version is brought up to date and keeps its communications", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    // PGlite is one session, so everything that follows happens in the schema of the first version.
    yield* sql`CREATE SCHEMA old`
    yield* sql`SET search_path = old`
    yield* Migrator.make({})({ loader: Migrator.fromRecord({ "0001_journal": first }), table: "migrations" })
    yield* sql`INSERT INTO communications (id, seq, journey, status, in_doubt, due, created_at, updated_at)
      VALUES ('known', 1, 'j', 'working', false, to_timestamp(5), now(), now())`
    yield* sql`INSERT INTO facts (id, seq, token, facts, at)
      VALUES ('known', 0, 't', '[{"_tag":"ResponseAcknowledged","at":1,"number":1}]', now())`
    yield* migrate([])
    yield* migrate([])
    yield* Effect.gen(function* () {
      const journal = yield* Journal
      const parkedEvents = yield* ParkedEvents
      const communicationIndex = yield* CommunicationIndex
      assert.deepStrictEqual(yield* journal.load("known"), [{ _tag: "ResponseAcknowledged", at: 1, number: 1 }])
      assert.isTrue(yield* communicationIndex.knows("known"))
      assert.deepStrictEqual(yield* communicationIndex.dueBefore(5_000, 10), ["known"])
      assert.strictEqual(yield* parkedEvents.parkedCount, 0)
    }).pipe(Effect.provide(Layer.provide(JournalSql, SettingsTest())))
    assert.deepStrictEqual(yield* sql`SELECT migration_id, name FROM migrations ORDER BY migration_id`, [
      { migration_id: 1, name: "journal" },
      { migration_id: 2, name: "parking" },
      { migration_id: 3, name: "ledger" },
      { migration_id: 4, name: "retention" },
      { migration_id: 5, name: "redrives" },
      { migration_id: 6, name: "names_by_id" },
      { migration_id: 7, name: "side_by_side" },
      { migration_id: 8, name: "held" },
      { migration_id: 9, name: "addressees" },
      { migration_id: 10, name: "operators" },
      { migration_id: 11, name: "search" },
      { migration_id: 12, name: "generations" },
      { migration_id: 13, name: "operations" },
      { migration_id: 14, name: "erasure" },
      { migration_id: 15, name: "listed" },
      { migration_id: 16, name: "failure_tags" }
    ])
  }).pipe(Effect.provide(Pglite))
)
