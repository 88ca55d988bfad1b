import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { JournalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { Sessions } from "../../../src/services/Sessions.ts"
import { SettingsTest } from "../../support/settings.ts"

const Pglite = JournalSql.pipe(
  Layer.provideMerge(Database),
  Layer.provideMerge(DatabaseStatusRef),
  Layer.provide(SettingsTest({ database: { dataDir: "memory://" } }))
)

const session = { name: "ana", proof: "proof" }
const hour = 3_600_000

const follows = Effect.gen(function* () {
  const sessions = yield* Sessions
  yield* sessions.begin("one", session, hour)
  assert.deepStrictEqual(yield* sessions.use("one", hour, 0), session)
  assert.isUndefined(yield* sessions.use("two", hour, 0))
  assert.deepStrictEqual(yield* sessions.use("one", 2 * hour, hour), session)
  assert.deepStrictEqual(yield* sessions.use("one", 3 * hour, 2 * hour), session)
  assert.isUndefined(yield* sessions.use("one", 5 * hour, 4 * hour))
  yield* sessions.prune(2 * hour)
  assert.deepStrictEqual(yield* sessions.use("one", 3 * hour, 0), session)
  yield* sessions.prune(4 * hour)
  assert.isUndefined(yield* sessions.use("one", 3 * hour, 0))
  yield* sessions.begin("three", session, hour)
  yield* sessions.end("three")
  yield* sessions.end("three")
  assert.isUndefined(yield* sessions.use("three", hour, 0))
})

describe("Sessions", () => {
  it.effect("SPEC 11.2: begin, use, end and prune, in memory", () => Effect.provide(follows, JournalMemory))

  it.effect("SPEC 11.2: begin, use, end and prune, in SQL", () => Effect.provide(follows, Pglite))

  it.effect(
    "CONTRACT SESSION_IDLE: a session that is used does not end, even if it may be idle for only half a minute",
    () =>
      Effect.gen(function* () {
        const sessions = yield* Sessions
        yield* sessions.begin("one", session, hour)
        for (const second of [20, 40, 60]) {
          const at = hour + second * 1000
          assert.deepStrictEqual(yield* sessions.use("one", at, at - 30_000), session)
        }
        assert.isUndefined(yield* sessions.use("one", hour + 91_000, hour + 61_000))
      }).pipe(Effect.provide(Pglite))
  )

  it.effect("docs/database.md: a use is stored once a minute at most", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const sql = yield* SqlClient
      const usedAt = Effect.map(
        sql<{ at: number }>`SELECT (extract(epoch FROM used_at) * 1000)::float8 AS at FROM sessions`,
        ([row]) => row?.at
      )
      yield* sessions.begin("one", session, hour)
      yield* sessions.use("one", hour + 60_000, 0)
      assert.strictEqual(yield* usedAt, hour)
      yield* sessions.use("one", hour + 60_001, 0)
      assert.strictEqual(yield* usedAt, hour + 60_001)
    }).pipe(Effect.provide(Pglite))
  )
})
