import { Layer } from "effect"

import { ConsumerCreation } from "../outbound/ConsumerCreation.ts"
import { CommunicationsInProcess } from "./CommunicationsInProcess.ts"

/** Runs the communications that this process is asked for as actors (DESIGN "Actors"). */
export const Actors = Layer.provide(CommunicationsInProcess, ConsumerCreation.layer)
