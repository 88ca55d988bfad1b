import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"

import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"

describe("a database of one test", () => {
  it.live("is dropped with its scope, however long the scope was open", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.make({ url: Redacted.make(databaseUrl()), maxConnections: 1 })
      const rows = (statement: string, name: string) =>
        Effect.map(sql.unsafe(statement, [name]), ({ length }) => length)
      const name = yield* Effect.scoped(
        Effect.gen(function* () {
          const name = new URL(yield* ownDatabase(databaseUrl)).pathname.slice(1)
          assert.strictEqual(yield* rows("SELECT FROM pg_database WHERE datname = $1", name), 1)
          // The connection that created it is not kept until the end, because a pool would have closed it by then.
          const keeping = "SELECT FROM pg_stat_activity WHERE query = 'CREATE DATABASE ' || $1::text"
          assert.strictEqual(yield* rows(keeping, name), 0)
          return name
        })
      )
      assert.strictEqual(yield* rows("SELECT FROM pg_database WHERE datname = $1", name), 0)
    }).pipe(Effect.provide(Reactivity.layer))
  )
})
