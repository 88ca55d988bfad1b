import { Effect, Layer } from "effect"

import { Settings } from "../../services/Settings.ts"
import { ConsumerCreation } from "../outbound/ConsumerCreation.ts"
import { ConsumerCreationCluster } from "../outbound/ConsumerCreationCluster.ts"
import { CommunicationsCluster } from "./CommunicationsCluster.ts"
import { CommunicationsLocal } from "./CommunicationsLocal.ts"

const Local = Layer.provide(CommunicationsLocal, ConsumerCreation.layerLocal)

const Clustered = Layer.provide(CommunicationsCluster, ConsumerCreationCluster)

/**
 * Runs the communications as actors: all in this process or, with `RUNNER_HOST`, spread over replicas
 * (DESIGN "Actors").
 */
export const Actors = Layer.unwrap(Effect.map(Settings, ({ runner }) => (runner === undefined ? Local : Clustered)))
