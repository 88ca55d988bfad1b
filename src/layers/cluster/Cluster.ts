import { Effect, Layer, References } from "effect"
import { MessageStorage, RunnerHealth, Runners, RunnerStorage, Sharding, ShardingConfig } from "effect/cluster"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { Ownership } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import { clusterReplicas } from "./ClusterReplicas.ts"
import { shardingSettings } from "./shardingSettings.ts"

/** One process has all actors: the database's lock keeps others out, so the cluster needs no locks of its own. */
const ClusterAlone = Layer.merge(
  Sharding.layer.pipe(
    Layer.provide([Runners.layerNoop, RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provide(MessageStorage.layerNoop),
    Layer.provide(Layer.unwrap(Effect.map(shardingSettings, ShardingConfig.layer)))
  ),
  Layer.effect(
    Ownership,
    Effect.map(DatabaseStatus, ({ lock }) => Ownership.of({ lease: () => lock }))
  )
)

/**
 * Whose the actors are (DESIGN "Actors"): all of this process, where the cluster runs the sweep only (decision 15), or, with
 * `RUNNER_HOST`, spread over replicas as entities. Their messages are volatile, for Kafka keeps the records, and what is due is found
 * by the sweep.
 */
export const Cluster = Layer.unwrap(
  Effect.map(Settings, ({ runner }) => (runner === undefined ? ClusterAlone : clusterReplicas(runner)))
).pipe(
  // It warns at every try while the database is away: the database's own lines say that once.
  Layer.provide(Layer.succeed(References.MinimumLogLevel, "Error"))
)
