import { Effect } from "effect"

import { eventResponse } from "../domain/events/eventResponse.ts"
import type { EventProgress } from "../domain/events/EventsState.ts"
import type { FactOf } from "../domain/Fact.ts"
import { carryOut } from "./carryOut.ts"
import { Communication } from "./Communication.ts"
import { storeNumbered } from "./storeResponse.ts"

const progressOf = Effect.fnUntraced(function* (key: string) {
  const communication = yield* Communication
  const progress = (yield* communication.state).events.byKey.get(key)
  return progress ?? (yield* Effect.die(new Error("an event without its plan")))
})

/** The response to the event, as far as it has been carried out by now (SPEC 8.11). */
export const storeEventResponse = Effect.fnUntraced(function* ({ planned: { key, origin } }: EventProgress) {
  const progress = yield* progressOf(key)
  return yield* storeNumbered({ origin, event: key }, (state, numbered) => eventResponse(state, progress, numbered))
})

/** Carries an event's plan out and stores its response; `resumed`: a run that died may have begun it. */
export const finishEvent = Effect.fnUntraced(function* (planned: FactOf<"EventPlanned">, resumed: boolean) {
  yield* carryOut(planned, resumed)
  return yield* storeEventResponse(yield* progressOf(planned.key))
})
