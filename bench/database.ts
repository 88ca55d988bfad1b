import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"

import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"

import { databaseUrl } from "../test/integration/support/environment.ts"
import { ownDatabase } from "../test/integration/support/ownDatabase.ts"
import { ownDirectory } from "./child.ts"
import type { Options } from "./Options.ts"
import { cpuMillis } from "./usage.ts"

/** The subject's database, for this turn alone. */
interface BenchDatabase {
  readonly environment: Readonly<Record<string, string>>
  /** Bytes on disk. */
  readonly size: Effect.Effect<number>
  /**
   * Milliseconds of CPU of its backends. 0 if they cannot be seen from here, and for an embedded database, which is the
   * service itself.
   */
  readonly cpu: Effect.Effect<number>
  /** How many updates of communications' rows left the indexes alone, as `n of m`. */
  readonly hot: Effect.Effect<string>
}

const bytesIn = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { name, parentPath }) => sum + statSync(join(parentPath, name)).size, 0)

const embedded = Effect.map(ownDirectory, (directory): BenchDatabase => ({
  environment: { DATA_DIR: directory },
  size: Effect.sync(() => bytesIn(directory)),
  cpu: Effect.succeed(0),
  hot: Effect.succeed("–")
}))

const postgres = Effect.gen(function* () {
  const url = yield* ownDatabase(databaseUrl)
  const sql = yield* PgClient.make({ url: Redacted.make(url), maxConnections: 1 }).pipe(
    Effect.provide(Reactivity.layer)
  )
  const local = ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname)
  const database: BenchDatabase = {
    environment: { DATABASE_URL: url },
    size: Effect.orDie(
      Effect.map(
        sql.unsafe<{ readonly size: number }>("SELECT pg_database_size(current_database())::float8 AS size"),
        ([row]) => row?.size ?? Number.NaN
      )
    ),
    cpu: Effect.orDie(
      Effect.map(
        sql.unsafe<{ readonly pid: number }>(
          "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ),
        (rows) => (local ? rows.reduce((sum, { pid }) => sum + cpuMillis(pid), 0) : 0)
      )
    ),
    hot: Effect.orDie(
      Effect.map(
        sql.unsafe<{ readonly hot: string; readonly all: string }>(
          "SELECT n_tup_hot_upd::text AS hot, n_tup_upd::text AS all FROM pg_stat_user_tables WHERE relname = 'communications'"
        ),
        ([row]) => `${row?.hot} of ${row?.all}`
      )
    )
  }
  return database
}).pipe(Effect.orDie)

export const startDatabase = (kind: Options["database"]) => (kind === "postgres" ? postgres : embedded)
