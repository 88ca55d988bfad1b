import { Effect, Layer, References } from "effect"
import { MessageStorage, RunnerHealth, Runners, RunnerStorage, Sharding, ShardingConfig } from "effect/cluster"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { Settings } from "../../services/Settings.ts"
import { ShardOwnership } from "../../services/ShardOwnership.ts"
import { clusterReplicas } from "./ClusterReplicas.ts"
import { shardingSettings } from "./shardingSettings.ts"

/** One process has all actors. The database's lock excludes others, so the cluster needs no locks of its own. */
const ClusterAlone = Layer.merge(
  Sharding.layer.pipe(
    Layer.provide([Runners.layerNoop, RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provide(MessageStorage.layerNoop),
    Layer.provide(Layer.unwrap(Effect.map(shardingSettings, ShardingConfig.layer)))
  ),
  Layer.effect(
    ShardOwnership,
    Effect.map(DatabaseStatus, ({ lock }) => ShardOwnership.of({ lease: () => lock }))
  )
)

/**
 * Distributes the actors (DESIGN "Actors"). By default this process has all of them and the cluster only runs the sweep
 * (decision 15). With `RUNNER_HOST` they are entities, spread over the replicas. Their messages are volatile, because
 * Kafka keeps the records and the sweep finds due work.
 */
export const Cluster = Layer.unwrap(
  Effect.map(Settings, ({ runner }) => (runner === undefined ? ClusterAlone : clusterReplicas(runner)))
).pipe(
  // The cluster warns at every try while the database is unavailable. The database's own log lines say it once.
  Layer.provide(Layer.succeed(References.MinimumLogLevel, "Error"))
)
