import { Effect, Layer } from "effect"

import { Settings } from "../services/Settings.ts"
import { CommunicationsOfReplicas } from "./CommunicationEntity.ts"
import { CommunicationsAlone } from "./CommunicationsAlone.ts"
import { ConsumerCreation } from "./ConsumerCreation.ts"
import { ConsumerCreationOfReplicas } from "./ConsumerEntity.ts"

const Alone = Layer.provide(CommunicationsAlone, ConsumerCreation.layerAlone)

const OfReplicas = Layer.provide(CommunicationsOfReplicas, ConsumerCreationOfReplicas)

/** The communications as actors: of this process alone, or, with `RUNNER_HOST`, spread over replicas (DESIGN "Actors"). */
export const Actors = Layer.unwrap(Effect.map(Settings, ({ runner }) => (runner === undefined ? Alone : OfReplicas)))
