import { Clock, Effect, Schema } from "effect"

import { isResendWaiting } from "../../domain/communication/DispatchState.ts"
import type { EventProgress } from "../../domain/communication/EventsState.ts"
import { AdoptedCase, type FactOf } from "../../domain/communication/Fact.ts"
import { isCaseRetried, journeyName, type State } from "../../domain/communication/State.ts"
import { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { deliveryDate } from "../../domain/outbound/caseBody.ts"
import { wants } from "../../domain/outbound/Outbound.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { Origin, originKey } from "../../domain/record/Origin.ts"
import { eventResponse } from "../../domain/responses/eventResponse.ts"
import { unknownJourney } from "../../domain/responses/refusal.ts"
import { ambiguityKey, ambiguityPatches, planEvent, progressKey, eventContextOf } from "../../domain/rules/planEvent.ts"
import { Journal } from "../../services/Journal.ts"
import { Journeys } from "../../services/Journeys.ts"
import { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, currentTraceparent } from "../../telemetry/traced.ts"
import { caseForPlan } from "../communication/caseStanding.ts"
import { Communication, once } from "../communication/Communication.ts"
import { Suspended } from "../communication/hold.ts"
import { storeNumbered, publishAgain, publishResponse } from "../communication/publishResponse.ts"
import { writeOrHold } from "../communication/updateCase.ts"
import { communicate } from "../outbound/communicate.ts"
import { closeIntended } from "./closeCase.ts"
import { replanMissed } from "./replanMissed.ts"

/** True when the communication is known, or becomes known now by its Case. */
const adopt = Effect.fnUntraced(function* (theCase: AdoptedCase | undefined) {
  const communication = yield* Communication
  const { accepted, adopted } = yield* communication.state
  if (accepted !== undefined || adopted !== undefined) return true
  if (theCase === undefined) return false
  const journal = yield* Journal
  // Its Case still names it, but an erased communication is not begun again (SPEC 10.4).
  if ((yield* journal.forgotten(communication.id))?.erased === true) return false
  yield* Effect.logInfo("Case adopted")
  const at = yield* Clock.currentTimeMillis
  const span = yield* currentTraceparent
  yield* communication.remember({ _tag: "Adopted", at, ...theCase, ...(span !== undefined && { span }) })
  return true
})

/** Sends the PATCHes of an event's plan, each once. `resumed` means that a crashed run may have sent them. */
const applyPatches = Effect.fnUntraced(function* (planned: FactOf<"EventPlanned">, resumed: boolean) {
  const communication = yield* Communication
  const { key, patches } = planned
  const write = Effect.fnUntraced(function* (patch: Json, index: number) {
    const waits = (yield* communication.state).events.byKey.get(key)?.waits === true
    const outcome = yield* writeOrHold({ of: "event", key, index }, patch, waits, resumed ? "died" : "none")
    const at = yield* Clock.currentTimeMillis
    return { _tag: "EventWritten", at, key, index, ...outcome } satisfies FactOf<"EventWritten">
  })
  // A PATCH under way at a stop completes and is remembered (SPEC 9.4).
  yield* Effect.forEach(patches, (patch, index) =>
    Effect.uninterruptible(once((state) => state.events.byKey.get(key)?.written.get(index), write(patch, index)))
  )
})

const progressOf = Effect.fnUntraced(function* (key: string) {
  const communication = yield* Communication
  const progress = (yield* communication.state).events.byKey.get(key)
  return progress ?? (yield* Effect.die(new Error("an event without its plan")))
})

/** Stores the response to the event, as far as the event has been carried out (SPEC 8.11). */
export const storeEventResponse = Effect.fnUntraced(function* ({ planned: { key, origin } }: EventProgress) {
  const progress = yield* progressOf(key)
  return yield* storeNumbered({ origin, event: key }, (state, numbered) => eventResponse(state, progress, numbered))
})

/**
 * Carries out an event's plan and stores its response, unless it is ambiguous. `resumed` means that a crashed run may
 * have begun it.
 */
const completeEvent = Effect.fnUntraced(function* (planned: FactOf<"EventPlanned">, resumed: boolean) {
  yield* applyPatches(planned, resumed)
  const progress = yield* progressOf(planned.key)
  return progress.ambiguous === true ? undefined : yield* storeEventResponse(progress)
})

/**
 * One inbound event, as the intake passes it to its communication. `adopt` is set if only ServiceNow knows the
 * communication (SPEC 8.2).
 */
export const ReceivedEvent = Schema.Struct({
  origin: Origin,
  /** Position of the event in its record, from 0. */
  index: Schema.Int,
  event: InboundEvent,
  adopt: Schema.optionalKey(AdoptedCase),
  /** Only its sender names the communication (SPEC 8.2). */
  bySender: Schema.optionalKey(Schema.Boolean),
  /** The communications that it may be for, if there are several. It is then only noted. */
  among: Schema.optionalKey(Schema.Array(Schema.String))
})
export type ReceivedEvent = typeof ReceivedEvent.Type

/**
 * Decides what the event does and makes the plan durable. A later run carries out exactly this plan, whatever the time
 * is then.
 */
const plan = Effect.fnUntraced(function* (
  { bySender, event, index, origin }: ReceivedEvent,
  key: string,
  journey: Journey
) {
  const communication = yield* Communication
  const { serviceNow } = yield* Settings
  const state = yield* communication.state
  const now = yield* Clock.currentTimeMillis
  const planned = planEvent({
    context: eventContextOf(state),
    event,
    journey,
    humanGroup: serviceNow.humanGroup,
    deliveryDate: state.accepted && deliveryDate(state.accepted.order, journey),
    now
  })
  const known = yield* caseForPlan(planned)
  const fact: FactOf<"EventPlanned"> = {
    _tag: "EventPlanned",
    at: now,
    key,
    origin,
    index,
    event,
    ...planned,
    ...known,
    ...(bySender !== undefined && event.kind === "reply" && { bySender })
  }
  yield* communication.record([fact])
  return fact
})

/**
 * Finishes the writes of the close and of the events whose runs have crashed or waited, in the order of their plans.
 */
export const finishEvents = Effect.fnUntraced(function* () {
  const communication = yield* Communication
  yield* closeIntended
  const next = Effect.map(communication.state, ({ events }) => events.unanswered.firstKey)
  for (let key = yield* next; key !== undefined; key = yield* next) {
    const { planned } = yield* progressOf(key)
    const stored = yield* completeEvent(planned, true)
    if (stored !== undefined) yield* publishResponse(stored)
  }
})

/**
 * True if the order has its Case, has failed to open one, or wants none. Only then can an event be planned (SPEC 8.3).
 * A Case that an operator retries keeps no event waiting: the event is planned as if there were no Case (SPEC 10.1).
 */
const isPlannable = (state: State): boolean => {
  const { accepted, adopted, case: theCase } = state
  if (adopted !== undefined || theCase !== undefined || isCaseRetried(state)) return true
  return accepted !== undefined && !wants(accepted.order, "itsm")
}

/**
 * Finishes the work that a crashed run had begun. The event may be about that work, and plans must be written in their
 * order. Returns whether earlier writes wait for ServiceNow. Fails while the order waits for its Case.
 */
const finishBegun = Effect.fnUntraced(function* (journey: Journey) {
  const communication = yield* Communication
  const { accepted, dispatch, held, response } = yield* communication.state
  // An order that waits for Weni keeps no event waiting. The sweep continues it (SPEC 9.2).
  const waitsForWeni = held.has("dispatch") && dispatch.open.size === 0
  // The event may settle the doubt, and then nothing is sent again (SPEC 8.6).
  const isUnfinished = response === undefined && !isResendWaiting(dispatch) && !waitsForWeni
  if (accepted !== undefined && isUnfinished)
    yield* Effect.catchTag(communicate(accepted, journey), "Suspended", () => Effect.void)
  if (!isPlannable(yield* communication.state)) return yield* new Suspended()
  yield* replanMissed(journey)
  let waits = false
  yield* Effect.catchTag(finishEvents(), "Suspended", () => Effect.sync(() => void (waits = true)))
  return waits
})

const applied = Effect.succeed("applied" as const)

/**
 * True for the planned event itself, delivered again. Of two equal events in one record the second is a duplicate
 * (SPEC 8.4).
 */
const isItself = ({ index, origin }: FactOf<"EventPlanned">, received: ReceivedEvent): boolean =>
  originKey(origin) === originKey(received.origin) && (index === undefined || index === received.index)

/**
 * Applies one inbound event to its communication. The event changes the Case and is reported. A duplicate is only
 * reported again (SPEC 8.4–8.11). Returns when the event has ended or is planned and waits for ServiceNow. Returns
 * `unknown` when there is no such communication, or returns a refusal. Fails while the event cannot be planned, or
 * while a duplicate's response is not there yet.
 */
export const applyEvent = Effect.fnUntraced(function* (received: ReceivedEvent) {
  const communication = yield* Communication
  const journeys = yield* Journeys
  const { messageId } = received.event
  if (messageId !== undefined) yield* annotated(() => ({ [attribute.messageId]: messageId }))
  if (!(yield* adopt(received.adopt))) return yield* Effect.as(communication.confirmed, "unknown" as const)
  const name = journeyName(yield* communication.state)
  const journey = journeys.find(name)
  if (journey === undefined) return unknownJourney(name)
  const waits = yield* finishBegun(journey)

  const { events } = yield* communication.state
  const key = progressKey(events, received.event)
  const known = events.byKey.get(key)
  if (known?.response !== undefined) yield* communication.confirmed
  const planned = known?.planned ?? (yield* plan(received, key, journey))
  const own = isItself(planned, received)
  if (waits && known?.response === undefined && planned.patches.length > 0)
    return yield* own ? applied : new Suspended()
  const stored =
    known?.response ?? (yield* Effect.catchTag(completeEvent(planned, false), "Suspended", () => Effect.undefined))
  if (stored === undefined) return yield* own ? applied : new Suspended()
  yield* publishResponse(stored)
  if (!own) yield* publishAgain(stored, received.origin)
  return yield* applied
})

/**
 * Notes a reply that several communications may have caused on this one's Case, once (SPEC 8.2). The reply answers
 * nothing, settles nothing and has no response of this communication. Returns when the plan of the note is durable,
 * even if the note waits.
 */
export const noteAmbiguity = Effect.fnUntraced(function* (
  { event, index, origin }: ReceivedEvent,
  among: ReadonlyArray<string>
) {
  const communication = yield* Communication
  const journeys = yield* Journeys
  if (!(yield* adopt(undefined))) return yield* Effect.as(communication.confirmed, "unknown" as const)
  const name = journeyName(yield* communication.state)
  const journey = journeys.find(name)
  if (journey === undefined) return unknownJourney(name)
  const waits = yield* finishBegun(journey)
  const key = ambiguityKey(event)
  const state = yield* communication.state
  if (!state.events.byKey.has(key)) {
    const at = yield* Clock.currentTimeMillis
    const patches = ambiguityPatches(state, event)
    yield* communication.record([{ _tag: "AmbiguityPlanned", at, key, origin, index, event, among, patches }])
  }
  const { planned } = yield* progressOf(key)
  if (!waits) yield* Effect.catchTag(completeEvent(planned, false), "Suspended", () => Effect.void)
  return yield* applied
})
