import { Clock, Effect } from "effect"

import type { Json } from "../domain/Canal.ts"
import type { Numbered } from "../domain/events/eventResponse.ts"
import type { FactOf } from "../domain/Fact.ts"
import { isoTime } from "../domain/isoTime.ts"
import { communicationResponse } from "../domain/response.ts"
import type { State } from "../domain/State.ts"
import { Communication } from "./Communication.ts"

/** One more response, with the next number, durable before anybody sees it (SPEC 7.3); `answers`: what it answers. */
export const storeNumbered = Effect.fnUntraced(function* (
  answers: Pick<FactOf<"ResponseStored">, "origin" | "event">,
  compose: (state: State, numbered: Numbered) => Json
) {
  const communication = yield* Communication
  const state = yield* communication.state
  const at = yield* Clock.currentTimeMillis
  const number = state.responses + 1
  const content = compose(state, { id: communication.id, number, at: isoTime(at) })
  const stored: FactOf<"ResponseStored"> = { _tag: "ResponseStored", at, number, ...answers, content }
  yield* communication.record([stored])
  return stored
})

/** One more response of the whole communication; the latest one stands. */
export const storeNextResponse = ({ order, origin }: FactOf<"Accepted">) =>
  storeNumbered({ origin }, (state, { at, number }) => communicationResponse({ order, state, number, at }))

/** The response of the whole communication, stored once. */
export const storeResponse = Effect.fnUntraced(function* (accepted: FactOf<"Accepted">) {
  const communication = yield* Communication
  return (yield* communication.state).response ?? (yield* storeNextResponse(accepted))
})
