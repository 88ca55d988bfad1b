import { Layer } from "effect"

import { CaseUpdates } from "../communication/CaseUpdates.ts"
import { CaseCreation } from "../outbound/CaseCreation.ts"
import { ConsumerCreation } from "../outbound/ConsumerCreation.ts"
import { CommunicationsInProcess } from "./CommunicationsInProcess.ts"

/** Runs each communication as an actor, in the process that is called for it (DESIGN "Actors"). */
export const Actors = Layer.provide(CommunicationsInProcess, [
  ConsumerCreation.layer,
  CaseCreation.layer,
  CaseUpdates.layer
])
