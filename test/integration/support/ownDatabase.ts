import { randomUUID } from "node:crypto"

import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"

/** A database of this test alone on the real server, dropped with the scope: its URL. */
export const ownDatabase = (databaseUrl: () => string) =>
  Effect.gen(function* () {
    const server = databaseUrl()
    const name = `test_${randomUUID().replaceAll("-", "").slice(0, 12)}`
    // A connection each time: a pool of a scope that closes makes no new one for the one that it has let go for being idle.
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
