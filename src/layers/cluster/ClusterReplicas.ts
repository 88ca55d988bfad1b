import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import { Context, Effect, Exit, Layer, Scope, Option } from "effect"
import {
  RunnerStorage,
  SqlRunnerStorage,
  MessageStorage,
  RunnerAddress,
  RunnerHealth,
  Runners,
  ShardingConfig,
  SocketRunner
} from "effect/cluster"
import { RpcSerialization } from "effect/rpc"
import { isSqlError } from "effect/sql/SqlError"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import type { Settings } from "../../services/Settings.ts"
import { ShardOwnership, bothLeases } from "../../services/ShardOwnership.ts"
import { makeRetryUntilAvailable } from "../database/availability.ts"
import { makeLeases } from "../database/leases.ts"
import { shardingSettings } from "./shardingSettings.ts"

const names = (shards: Iterable<{ toString(): string }>) => Array.from(shards, String)

/** Builds the storage once, with a session for its locks. Fails if the database is unavailable, where the library dies. */
const attempt = Effect.gen(function* () {
  const scope = yield* Scope.fork(yield* Effect.scope)
  return yield* Layer.buildWithScope(Layer.fresh(SqlRunnerStorage.layerStorage({})), scope).pipe(
    Effect.catchDefect((defect) => (isSqlError(defect) ? Effect.fail(defect) : Effect.die(defect))),
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
  )
})

/** The cluster's storage of runners. Each of its answers is also a proof for the leases. */
const make = Effect.gen(function* () {
  const availability = yield* makeAvailability("the database of the shard locks")
  const storage = Context.get(yield* Effect.orDie(availability.wait(attempt)), RunnerStorage.RunnerStorage)
  const { lock } = yield* DatabaseStatus
  const claims = yield* makeLeases

  const watched = RunnerStorage.RunnerStorage.of({
    ...storage,
    acquire: Effect.fnUntraced(function* (address, shards) {
      const began = yield* claims.now
      const acquired = yield* storage.acquire(address, shards)
      claims.taken(names(acquired), began)
      return acquired
    }),
    refresh: Effect.fnUntraced(function* (address, shards) {
      const asked = names(shards)
      const began = yield* claims.now
      const held = yield* storage.refresh(address, shards)
      const kept = new Set(names(held))
      claims.confirmed(kept, began)
      claims.lost(asked.filter((shard) => !kept.has(shard)))
      return held
    }),
    release: (address, shard) =>
      Effect.andThen(
        Effect.sync(() => claims.lost([String(shard)])),
        storage.release(address, shard)
      )
  })
  const ownership = ShardOwnership.of({
    lease: (shard) => Effect.zipWith(claims.lease(shard), lock, bothLeases)
  })
  return Context.make(RunnerStorage.RunnerStorage, watched).pipe(Context.add(ShardOwnership, ownership))
})

/**
 * Assigns shards to processes by advisory locks of a Postgres session. A lock is free as soon as its process or connection
 * is gone or has been silent for `shardLockExpiration`. Waits while the database is unavailable (SPEC 9.1).
 */
export const shardLocks = Layer.effectContext(make)

type Runner = NonNullable<Settings["Service"]["runner"]>

/** Measured (DESIGN "Actors"): the work of a crashed replica resumes elsewhere within a few seconds. */
const pace = {
  shardLockExpiration: "10 seconds",
  shardLockRefreshInterval: "3 seconds",
  runnerHealthCheckInterval: "2 seconds",
  refreshAssignmentsInterval: "1 second"
} as const

const shardingConfig = ({ host, port }: Runner) =>
  Effect.map(shardingSettings, (settings) =>
    ShardingConfig.layer({
      ...settings,
      ...pace,
      runnerAddress: Option.some(RunnerAddress.make(host, port))
    })
  )

/** The cluster of many processes, which call each other over sockets. An actor is on one of them at a time. */
export const clusterReplicas = (runner: Runner) =>
  SocketRunner.layer.pipe(
    Layer.provide([NodeClusterSocket.layerSocketServer, RunnerHealth.layerPing.pipe(Layer.provide(Runners.layerRpc))]),
    Layer.provide(NodeClusterSocket.layerClientProtocol),
    Layer.provide([MessageStorage.layerNoop, RpcSerialization.layerNdjson]),
    Layer.provideMerge(shardLocks),
    Layer.provide(Layer.unwrap(shardingConfig(runner)))
  )
