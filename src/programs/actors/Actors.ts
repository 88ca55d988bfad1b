import { Effect, Layer } from "effect"

import { Settings } from "../../services/Settings.ts"
import { ConsumerCreation } from "../outbound/ConsumerCreation.ts"
import { ConsumerCreationOfReplicas } from "../outbound/ConsumerCreationCluster.ts"
import { CommunicationsOfReplicas } from "./CommunicationsCluster.ts"
import { CommunicationsAlone } from "./CommunicationsLocal.ts"

const Alone = Layer.provide(CommunicationsAlone, ConsumerCreation.layerAlone)

const OfReplicas = Layer.provide(CommunicationsOfReplicas, ConsumerCreationOfReplicas)

/** The communications as actors: of this process alone, or, with `RUNNER_HOST`, spread over replicas (DESIGN "Actors"). */
export const Actors = Layer.unwrap(Effect.map(Settings, ({ runner }) => (runner === undefined ? Alone : OfReplicas)))
