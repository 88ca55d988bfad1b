import { Layer } from "effect"

import { ConsumerCreation } from "../outbound/ConsumerCreation.ts"
import { CommunicationsInProcess } from "./CommunicationsInProcess.ts"

/** Runs communications as actors when this process is called for them (DESIGN "Actors"). */
export const Actors = Layer.provide(CommunicationsInProcess, ConsumerCreation.layer)
