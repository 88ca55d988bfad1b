import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { FORGET } from "../../../src/layers/journal/retention.ts"
import { SettingsTest } from "../../support/settings.ts"

const Pglite = Database.pipe(
  Layer.provideMerge(DatabaseStatusRef),
  Layer.provide(SettingsTest({ database: { dataDir: "memory://" } }))
)

it.effect("docs/database.md: retention finds facts, names and row by the id, and never reads a whole table", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    // A table this small is read whole, unless that is forbidden.
    yield* sql`SET enable_seqscan = off`
    yield* sql`SET enable_bitmapscan = off`
    const plan = yield* sql.unsafe<{ "QUERY PLAN": string }>(`EXPLAIN (costs off) ${FORGET}`, [
      ["a"],
      ["1"],
      ["h"],
      ["success"],
      ["1"],
      ["a"],
      ["false"]
    ])
    const text = plan.map((row) => row["QUERY PLAN"]).join("\n")
    assert.include(text, "using communication_ids_id on communication_ids")
    assert.include(text, "using facts_pkey on facts")
    assert.include(text, "using communications_pkey on communications")
    assert.include(text, "using forgotten_pkey on forgotten")
    assert.notInclude(text, "Seq Scan")
  }).pipe(Effect.provide(Pglite))
)
