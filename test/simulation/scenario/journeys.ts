import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { journeysOf } from "../../support/World.ts"
import type { Peculiarity } from "./Scenario.ts"

/** The project's own journey, and one without business hours. */
const alwaysOpen = defaultJourneys
  .slice(defaultJourneys.indexOf("  pedido_entregue_amanha:"))
  .replace("pedido_entregue_amanha", "sempre_aberta")
  .replace(/^ {4}businessHours:\n(?: {6}.*\n)+/m, "")

export const journeyNames = ["pedido_entregue_amanha", "sempre_aberta"] as const

const text = `${defaultJourneys}\n${alwaysOpen}`
const plain = journeysOf(text)
const coded = journeysOf(text.replaceAll(/^ {4}answers:/gm, "    resolutionCode: Solved\n    answers:"))

/** The journeys of a service that is configured for the run's instance. */
export const journeysFor = (peculiarity: Peculiarity | undefined) => (peculiarity?.coded === true ? coded : plain)
