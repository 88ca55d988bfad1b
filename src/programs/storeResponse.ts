import { Clock, Effect } from "effect"

import type { FactOf } from "../domain/Fact.ts"
import { isoTime } from "../domain/isoTime.ts"
import { communicationResponse } from "../domain/response.ts"
import { Communication } from "./Communication.ts"

/** One more response of the whole communication, durable before anybody sees it (SPEC 7.3); the latest one stands. */
export const storeNextResponse = Effect.fnUntraced(function* (accepted: FactOf<"Accepted">) {
  const communication = yield* Communication
  const state = yield* communication.state
  const at = yield* Clock.currentTimeMillis
  const number = state.responses + 1
  const stored: FactOf<"ResponseStored"> = {
    _tag: "ResponseStored",
    at,
    number,
    origin: accepted.origin,
    content: communicationResponse({ order: accepted.order, state, number, at: isoTime(at) })
  }
  yield* communication.record([stored])
  return stored
})

/** The response of the whole communication, stored once. */
export const storeResponse = Effect.fnUntraced(function* (accepted: FactOf<"Accepted">) {
  const communication = yield* Communication
  return (yield* communication.state).response ?? (yield* storeNextResponse(accepted))
})
