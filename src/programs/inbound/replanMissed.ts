import { Clock, Effect } from "effect"

import { isReplanDue } from "../../domain/communication/State.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { deliveryDate } from "../../domain/outbound/caseBody.ts"
import { replanEvents } from "../../domain/rules/replanEvents.ts"
import { Settings } from "../../services/Settings.ts"
import { caseForPlan } from "../communication/caseStanding.ts"
import { Communication } from "../communication/Communication.ts"

/**
 * Plans, durably, the Case updates for the events that came before the Case was opened (SPEC 10.1). Does nothing if
 * there are no such events, or no Case yet.
 */
export const replanMissed = Effect.fnUntraced(function* (journey: Journey) {
  const communication = yield* Communication
  const state = yield* communication.state
  if (!isReplanDue(state)) return
  const { serviceNow } = yield* Settings
  const now = yield* Clock.currentTimeMillis
  const replanned = replanEvents(state, {
    journey,
    humanGroup: serviceNow.humanGroup,
    deliveryDate: state.accepted && deliveryDate(state.accepted.order, journey),
    now
  })
  const { closesAt, events } = replanned
  const patches = events.flatMap((event) => event.patches)
  const known = yield* caseForPlan({ patches, ...(closesAt !== undefined && { closesAt }) })
  yield* communication.record([{ _tag: "EventsReplanned", at: now, ...replanned, ...known }])
})
