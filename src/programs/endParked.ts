import { Effect } from "effect"

import { internalError } from "../domain/refusal.ts"
import { type Claim, Journal } from "../services/Journal.ts"
import { Settings } from "../services/Settings.ts"
import { laterProcessSpan } from "../telemetry/messagingSpan.ts"
import { applyIn } from "./applyIn.ts"
import { fromParked } from "./parkedEvent.ts"
import { type RefusedEvent, refuseEvents } from "./refuseEvents.ts"
import { maxTries, untilEnded } from "./untilEnded.ts"

/** A parked event whose communication has come: applied, or, after the last try, refused (SPEC 8.3, 9.7). */
export const endParked = Effect.fnUntraced(function* ({ id, parked }: Claim) {
  const journal = yield* Journal
  const one = fromParked(parked)
  const givenUp: RefusedEvent = { refusal: internalError(maxTries), id, index: one.index }
  const { groupId } = (yield* Settings).kafka
  yield* Effect.gen(function* () {
    const ended = yield* untilEnded(applyIn(one, { id }), Effect.succeed(givenUp))
    if (ended === "applied") yield* journal.unpark([parked.key])
    else if (ended !== undefined) {
      yield* refuseEvents(one.record, [ended])
      yield* journal.unpark([parked.key], [parked.origin])
    }
  }).pipe(laterProcessSpan(one.record, groupId))
})
