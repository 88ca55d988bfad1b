import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { schemaVersion } from "../../../src/layers/database/migrate.ts"
import { makeProcessPace, StatementPace } from "../../../src/layers/database/StatementPace.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { Processes } from "../../../src/services/Processes.ts"
import { SettingsTest } from "../../support/settings.ts"

const Pglite = JournalSql.pipe(
  Layer.provideMerge(Database),
  Layer.provideMerge(DatabaseStatusRef),
  Layer.provide(SettingsTest({ database: { dataDir: "memory://" } }))
)

it.effect(
  "docs/database.md: a process is listed for 30 s after its last report, and its row is deleted after an hour",
  () =>
    Effect.gen(function* () {
      const processes = yield* Processes
      const sql = yield* SqlClient
      const told = (name: string, ago: string) => sql`INSERT INTO processes (id, schema_version, started_at, at, state)
      VALUES (${name}, 7, now() - interval '1 day', now() - ${ago}::interval, '{"joined":false}')`
      yield* told("silent", "31 seconds")
      yield* told("beside", "29 seconds")
      yield* told("long gone", "61 minutes")
      yield* processes.report({ joined: false })
      yield* processes.report({ joined: true, inFlight: { t: 2 } })
      const [other, own, ...more] = yield* processes.alive
      assert.deepStrictEqual([other?.id, other?.state], ["beside", { joined: false }])
      assert.deepStrictEqual([own?.schemaVersion, own?.state], [schemaVersion, { joined: true, inFlight: { t: 2 } }])
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(yield* sql`SELECT count(*)::integer AS count FROM processes`, [{ count: 3 }])
    }).pipe(Effect.provide(Pglite))
)

it.effect(
  "DESIGN Group commit: a report sets the pace of a process's statements by the processes that live, at most 3",
  () =>
    Effect.gen(function* () {
      const pace = makeProcessPace(5)
      const built = yield* Layer.build(Layer.fresh(Layer.provide(Pglite, Layer.succeed(StatementPace, pace))))
      const processes = Context.get(built, Processes)
      const sql = Context.get(built, SqlClient)
      const told = (name: string, ago: string) => sql`INSERT INTO processes (id, schema_version, started_at, at, state)
    VALUES (${name}, 7, now(), now() - ${ago}::interval, '{}')`
      const paceAfterReport = Effect.map(processes.report({ joined: true }), () => pace.between())
      yield* told("silent", "31 seconds")
      assert.deepStrictEqual([yield* paceAfterReport, yield* paceAfterReport], [5, 5])
      yield* told("beside", "29 seconds")
      assert.strictEqual(yield* paceAfterReport, 10)
      yield* told("third", "0 seconds")
      yield* told("fourth", "0 seconds")
      assert.strictEqual(yield* paceAfterReport, 15)
      yield* sql`UPDATE processes SET at = now() - interval '31 seconds' WHERE schema_version = 7`
      assert.strictEqual(yield* paceAfterReport, 5)
    })
)
