import { randomUUID } from "node:crypto"

import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"

/** The URL of a database of this test alone on the real server. It is dropped with the scope. */
export const ownDatabase = (databaseUrl: () => string) =>
  Effect.gen(function* () {
    const server = databaseUrl()
    const name = `test_${randomUUID().replaceAll("-", "").slice(0, 12)}`
    // A connection each time, because the pool of a closing scope does not replace a connection that it has closed as idle.
    const run = (statement: string) =>
      PgClient.make({ url: Redacted.make(server), maxConnections: 1 }).pipe(
        Effect.flatMap((sql) => sql.unsafe(statement)),
        Effect.scoped,
        Effect.provide(Reactivity.layer),
        Effect.orDie
      )
    yield* Effect.acquireRelease(run(`CREATE DATABASE ${name}`), () => run(`DROP DATABASE ${name} WITH (FORCE)`))
    const url = new URL(server)
    url.pathname = `/${name}`
    return url.href
  })
