import { Effect } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { wants } from "../../domain/outbound/Outbound.ts"
import { timed } from "../../telemetry/metrics.ts"
import { publishResponse, storeResponse } from "../communication/publishResponse.ts"
import { noteOutcome } from "./noteOutcome.ts"
import { openCase } from "./openCase.ts"
import { sendWhatsApp } from "./sendWhatsApp.ts"

/** Runs one communication from start to finish (SPEC 2.3). May be run again after any crash. */
export const communicate = Effect.fnUntraced(function* (accepted: FactOf<"Accepted">, journey: Journey) {
  const { order } = accepted
  const theCase = wants(order, "itsm") ? yield* openCase(order, journey) : undefined
  if (wants(order, "whatsapp")) {
    yield* timed("dispatch")(sendWhatsApp(order, journey, theCase))
    if (theCase?._tag === "CaseOpened") yield* timed("note")(noteOutcome(journey))
  }
  const response = yield* storeResponse(accepted)
  yield* timed("response")(publishResponse(response))
  return response
})
