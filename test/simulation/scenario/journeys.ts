import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { journeysOf } from "../../support/World.ts"

/** The project's own journey, and one whose desk is always open. */
const alwaysOpen = defaultJourneys
  .slice(defaultJourneys.indexOf("  pedido_entregue_amanha:"))
  .replace("pedido_entregue_amanha", "sempre_aberta")
  .replace(/^ {4}businessHours:\n(?: {6}.*\n)+/m, "")

export const journeyNames = ["pedido_entregue_amanha", "sempre_aberta"] as const

export const journeys = journeysOf(`${defaultJourneys}\n${alwaysOpen}`)
