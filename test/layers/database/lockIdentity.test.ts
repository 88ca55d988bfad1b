import type * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"

import { identify } from "../../../src/layers/database/locks/lockIdentity.ts"
import type { LockStatements } from "../../../src/layers/database/locks/LockStatements.ts"

const config = { url: Redacted.make("postgres://127.0.0.1:1/postgres") }

/** A server as one session sees it. Its answers can be changed. */
const server = () => {
  const seen = { pid: 7, mark: "", standby: false }
  const statements: LockStatements = {
    ask: (sql, parameters = []) =>
      Effect.sync(() => {
        if (sql.startsWith("SELECT set_config")) seen.mark = String(parameters[0])
        return [{ ...seen, schema: "public" }]
      })
  }
  return { seen, statements }
}

/** Its greeting came from process 7, so there is nothing in between. */
const connection = { processId: 7 } as PgConnection.PgConnection

const identified = Effect.gen(function* () {
  const { seen, statements } = server()
  const { check, schema } = yield* identify(config, "db:5432/ctx", statements, connection)
  assert.strictEqual(schema, "public")
  yield* check
  return { seen, check }
})

describe("the session that holds the locks", () => {
  it.effect("DESIGN Ownership: a session of another server process is a pooler's, and is refused with the reason", () =>
    Effect.gen(function* () {
      const { check, seen } = yield* identified
      seen.pid = 8
      const refused = yield* Effect.flip(check)
      assert.strictEqual(refused._tag, "PooledByTransaction")
      assert.strictEqual(
        refused.message,
        "DATABASE_URL: a pooler in front of db:5432/ctx gives one session to several clients (transaction mode), and the " +
          "locks of one process to another; connect directly, or in session mode"
      )
    })
  )

  it.effect("DESIGN Ownership: so is one that another client has marked as its own", () =>
    Effect.gen(function* () {
      const { check, seen } = yield* identified
      seen.mark = "another"
      assert.strictEqual((yield* Effect.flip(check))._tag, "PooledByTransaction")
    })
  )

  it.effect("DESIGN Ownership: the locks that a standby grants do not count, until it is no longer a standby", () =>
    Effect.gen(function* () {
      const { check, seen } = yield* identified
      seen.standby = true
      assert.strictEqual((yield* Effect.flip(check))._tag, "SqlError")
      seen.standby = false
      yield* check
    })
  )
})
