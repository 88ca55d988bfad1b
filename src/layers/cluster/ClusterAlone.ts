import { Effect, Layer } from "effect"
import { MessageStorage, RunnerHealth, Runners, RunnerStorage, Sharding, ShardingConfig } from "effect/cluster"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { Ownership } from "../../services/Ownership.ts"
import { shardingSettings } from "./shardingSettings.ts"

/** One process has all actors: the database's lock keeps others out, so the cluster needs no locks of its own. */
export const ClusterAlone = Layer.merge(
  Sharding.layer.pipe(
    Layer.provide([Runners.layerNoop, RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provide(MessageStorage.layerNoop),
    Layer.provide(Layer.unwrap(Effect.map(shardingSettings, ShardingConfig.layer)))
  ),
  Layer.effect(
    Ownership,
    Effect.map(DatabaseStatus, ({ lock }) => Ownership.of({ claim: () => lock }))
  )
)
