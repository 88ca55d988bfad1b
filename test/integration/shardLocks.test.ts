import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { RunnerStorage, ShardingConfig } from "effect/cluster"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql/SqlClient"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

import { shardLocks } from "../../src/layers/cluster/ClusterReplicas.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { migrateCluster } from "../../src/layers/database/migrate.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"

const closed = new SqlError({ reason: new ConnectionError({ cause: new Error("Connection closed") }) })

/** The client, whose connection is lost for the first `times` that a session is taken. */
const losing = (client: SqlClient, times: number) => {
  let taken = 0
  const reserve = Effect.suspend(() => (++taken > times ? client.reserve : Effect.fail(closed)))
  const proxy: SqlClient = new Proxy(client, {
    get: (target, name) =>
      name === "reserve" ? reserve : name === "withoutTransforms" ? () => proxy : Reflect.get(target, name)
  })
  return { proxy, taken: () => taken }
}

it.live("SPEC 9.1: a replica whose database fails just as its locks begin waits for it", () =>
  Effect.gen(function* () {
    const url = Redacted.make(yield* ownDatabase(databaseUrl))
    const client = yield* Effect.provide(PgClient.make({ url, maxConnections: 2 }), Reactivity.layer)
    yield* Effect.provideService(migrateCluster, SqlClient, client)
    const { proxy, taken } = losing(client, 2)
    const built = yield* Layer.build(shardLocks).pipe(
      Effect.provideService(SqlClient, proxy),
      Effect.provide([ShardingConfig.layer(), DatabaseStatusRef])
    )
    assert.deepStrictEqual(yield* Context.get(built, RunnerStorage.RunnerStorage).getRunners, [])
    assert.strictEqual(taken(), 3)
  })
)
