import * as PgClient from "@effect/sql-pg/PgClient"
import { type Duration, Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

import { DatabaseStatus } from "../services/DatabaseStatus.ts"
import { Settings } from "../services/Settings.ts"
import { alone, replica } from "./database/lockKinds.ts"
import { migrate, migrateCluster } from "./database/migrate.ts"
import { makeOutage, SILENCE_LIMIT, UPKEEP_LIMIT } from "./database/outage.ts"
import { postgresSocket } from "./database/postgresSocket.ts"
import { postgresVersion, requireSupported } from "./database/postgresVersion.ts"
import { probe } from "./database/probe.ts"
import { LOCK_SILENCE, runnerLock } from "./database/runnerLock.ts"

/** Host and database of a URL: what a log may show. */
export const place = (url: string): string => {
  const parsed = URL.parse(url)
  return parsed === null ? "DATABASE_URL" : `${parsed.host}${parsed.pathname}`
}

const make = Effect.gen(function* () {
  const { database, runner } = yield* Settings
  const status = yield* DatabaseStatus
  const url = database.url ?? Redacted.make("")
  const host = place(Redacted.value(url))
  const outage = yield* makeOutage(`database ${host}`)

  /** A connection is destroyed after that long without a byte. */
  const config = (silence: Duration.Input) =>
    ({ url, stream: postgresSocket(Redacted.value(url), silence), maxMessageSize: 1_073_741_824 }) as const
  const client = yield* PgClient.make({ ...config(SILENCE_LIMIT), applicationName: "brom-ctx", maxConnections: 10 })
  yield* status.report({ probe: probe(client), detail: `waiting for ${host}` })

  const withClient = Effect.provideService(SqlClient, client)
  yield* requireSupported(host, yield* outage.persist(withClient(postgresVersion)))
  // The lock first: a newer version that waits must not change the schema under the one at work.
  yield* runnerLock(
    config(LOCK_SILENCE),
    host,
    runner === undefined ? alone(host) : replica(host, `${runner.host}:${runner.port}`)
  )
  /** On a connection of its own: the server says nothing for as long as it builds an index. */
  const patiently = <A, E>(effect: Effect.Effect<A, E | SqlError, SqlClient>) =>
    PgClient.make({ ...config(UPKEEP_LIMIT), applicationName: "brom-ctx", maxConnections: 1 }).pipe(
      Effect.flatMap((patient) => Effect.provideService(effect, SqlClient, patient)),
      Effect.scoped
    )
  yield* outage.upkeep("bringing the schema up to date", patiently(migrate))
  if (runner !== undefined) yield* outage.upkeep("bringing the cluster's schema up to date", patiently(migrateCluster))
  return client
}).pipe(Effect.catchTag("SqlError", Effect.die))

/**
 * External Postgres (CONTRACT `DATABASE_URL`), migrated; waits for one that cannot be reached, and for its lock: alone, or shared
 * with other replicas. Ten connections, and one for the lock.
 */
export const DatabasePg = PgClient.layerFrom(make)
