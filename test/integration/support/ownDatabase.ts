import { randomUUID } from "node:crypto"

import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"

/** A database of this test alone on the real server, dropped with the scope: its URL. */
export const ownDatabase = (databaseUrl: () => string) =>
  Effect.gen(function* () {
    const url = new URL(databaseUrl())
    const name = `test_${randomUUID().replaceAll("-", "").slice(0, 12)}`
    const sql = yield* PgClient.make({ url: Redacted.make(url.href), maxConnections: 1 }).pipe(
      Effect.provide(Reactivity.layer)
    )
    yield* Effect.acquireRelease(Effect.orDie(sql.unsafe(`CREATE DATABASE ${name}`)), () =>
      Effect.orDie(sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`))
    )
    url.pathname = `/${name}`
    return url.href
  })
