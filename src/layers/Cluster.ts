import { Effect, Layer, References } from "effect"

import { Settings } from "../services/Settings.ts"
import { ClusterAlone } from "./cluster/ClusterAlone.ts"
import { clusterReplicas } from "./cluster/ClusterReplicas.ts"

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
