import { Clock, Effect, Schema } from "effect"

import { deliveryDate } from "../domain/caseBody.ts"
import { AdoptedCase } from "../domain/events/eventFacts.ts"
import { planEvent } from "../domain/events/plan.ts"
import { progressKey } from "../domain/events/progressKey.ts"
import { standingOf } from "../domain/events/standing.ts"
import type { FactOf } from "../domain/Fact.ts"
import { InboundEvent } from "../domain/inbound/InboundEvent.ts"
import type { Journey } from "../domain/Journey.ts"
import { Origin, originKey } from "../domain/Origin.ts"
import { unknownJourney } from "../domain/refusal.ts"
import { caseOf, journeyName } from "../domain/State.ts"
import { Journeys } from "../services/Journeys.ts"
import { ServiceNow } from "../services/ServiceNow.ts"
import { Settings } from "../services/Settings.ts"
import { attribute } from "../telemetry/names.ts"
import { annotated } from "../telemetry/traced.ts"
import { adopt } from "./adopt.ts"
import { closeIntended } from "./closeCase.ts"
import { communicate } from "./communicate.ts"
import { Communication } from "./Communication.ts"
import { finishEvent } from "./finishEvent.ts"
import { publishAgain, publishResponse } from "./publishResponse.ts"

/** One inbound event, as intake hands it to its communication; `adopt` where only ServiceNow knows that (SPEC 8.2). */
export const ReceivedEvent = Schema.Struct({
  origin: Origin,
  /** Of several events in one record, which; the first is 0. */
  index: Schema.Int,
  event: InboundEvent,
  adopt: Schema.optionalKey(AdoptedCase)
})
export type ReceivedEvent = typeof ReceivedEvent.Type

/** As the Case is, for the scheduled close to compare: an instance's own rules may have changed what was sent (SPEC 8.8). */
const standingNow = Effect.fnUntraced(function* (sysId: string) {
  const serviceNow = yield* ServiceNow
  const found = yield* Effect.orElseSucceed(serviceNow.readCase(sysId), () => undefined)
  return found && { caseState: found.state, assignmentGroup: found.assignmentGroup }
})

/** Decides what the event does and makes that durable: a later run does just this, whatever the clock says then. */
const plan = Effect.fnUntraced(function* ({ event, index, origin }: ReceivedEvent, key: string, journey: Journey) {
  const communication = yield* Communication
  const { serviceNow } = yield* Settings
  const state = yield* communication.state
  const now = yield* Clock.currentTimeMillis
  const planned = planEvent({
    standing: standingOf(state),
    event,
    journey,
    humanGroup: serviceNow.humanGroup,
    deliveryDate: state.accepted && deliveryDate(state.accepted.order, journey),
    now
  })
  const found = planned.closesAt === undefined ? undefined : yield* standingNow(caseOf(state)?.sysId ?? "")
  const fact: FactOf<"EventPlanned"> = {
    _tag: "EventPlanned",
    at: now,
    key,
    origin,
    index,
    event,
    ...planned,
    ...found
  }
  yield* communication.record([fact])
  return fact
})

/** What a run that died had begun comes first: the event may be about it, and what was planned later is written later. */
const finishBegun = Effect.fnUntraced(function* (journey: Journey) {
  const communication = yield* Communication
  const { accepted, response } = yield* communication.state
  if (accepted !== undefined && response === undefined) yield* communicate(accepted, journey)
  yield* closeIntended
  const { events } = yield* communication.state
  yield* Effect.forEach(events.byKey.values(), (begun) =>
    begun.response === undefined ? Effect.flatMap(finishEvent(begun.planned, true), publishResponse) : Effect.void
  )
})

/** The planned event itself, delivered again; of two equal ones in one record the second is a duplicate (SPEC 8.4). */
const isItself = ({ index, origin }: FactOf<"EventPlanned">, received: ReceivedEvent): boolean =>
  originKey(origin) === originKey(received.origin) && (index === undefined || index === received.index)

/**
 * What one inbound event does to its communication: changes the Case, is reported, or, as a duplicate, is reported again
 * (SPEC 8.4–8.11). Returns when the event has ended, `unknown` when there is no such communication, or a refusal.
 */
export const applyEvent = Effect.fnUntraced(function* (received: ReceivedEvent) {
  const communication = yield* Communication
  const journeys = yield* Journeys
  const { messageId } = received.event
  if (messageId !== undefined) yield* annotated(() => ({ [attribute.messageId]: messageId }))
  if (!(yield* adopt(received.adopt))) return "unknown"
  const name = journeyName(yield* communication.state)
  const journey = journeys.find(name)
  if (journey === undefined) return unknownJourney(name)
  yield* finishBegun(journey)

  const { events } = yield* communication.state
  const key = progressKey(events, received.event)
  const known = events.byKey.get(key)
  const planned = known?.planned ?? (yield* plan(received, key, journey))
  const stored = known?.response ?? (yield* finishEvent(planned, false))
  yield* publishResponse(stored)
  if (!isItself(planned, received)) yield* publishAgain(stored, received.origin)
  return "applied"
})
