import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, DateTime, Effect } from "effect"

import order from "../fixtures/comunicacaoTransacional.json" with { type: "json" }
import { startInMemory } from "./inMemory.ts"

/** Runs one communication, from the record of a business event to the response. Start reading here: `npm run example`. */
export const communication = Effect.gen(function* () {
  const { nextResponse, produce, serviceNow, weni } = yield* startInMemory

  // A producer says that João's order arrives tomorrow.
  yield* produce({ ...order, tims_evento: DateTime.formatIso(yield* DateTime.now) })

  // The service opens a Case, sends a WhatsApp, writes the outcome on the Case, and responds.
  const response = yield* nextResponse
  const [theCase] = yield* serviceNow.cases
  const [whatsApp] = yield* weni.dispatches
  return { theCase, whatsApp, response }
}).pipe(Effect.scoped)

const show = Effect.gen(function* () {
  const { response, theCase, whatsApp } = yield* communication
  yield* Console.log(`Case ${theCase?.number}: ${theCase?.fields.short_description}`)
  yield* Console.log(`  its work notes: ${theCase?.notes.join("\n")}`)
  yield* Console.log(`WhatsApp to ${whatsApp?.fullNumber}: campaign ${whatsApp?.campaign}, Case ${whatsApp?.idCase}`)
  yield* Console.log(`Response: ${JSON.stringify(response, undefined, 2)}`)
})

if (import.meta.main) NodeRuntime.runMain(show)
