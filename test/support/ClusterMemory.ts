import { Duration, Effect, Layer } from "effect"
import { MessageStorage, RunnerHealth, Runners, RunnerStorage, Sharding, ShardingConfig } from "effect/cluster"

import { Settings } from "../../src/services/Settings.ts"

/** The cluster of one process without a database, for the sweep and the actors of replicas: `TestRunner.layer` with the limits of `src/layers/cluster/Cluster.ts`. */
export const ClusterMemory = Layer.unwrap(
  Effect.map(Settings, ({ weni }) =>
    Sharding.layer.pipe(
      Layer.provideMerge(Runners.layerNoop),
      Layer.provideMerge(MessageStorage.layerMemory),
      Layer.provide([RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
      Layer.provide(
        ShardingConfig.layer({
          entityTerminationTimeout: Duration.millis(weni.timeout + 5000),
          maxResidentEntities: 50_000,
          // One runner holds them all: the default's 300 only take their time at every start.
          shardsPerGroup: 4
        })
      )
    )
  )
)
