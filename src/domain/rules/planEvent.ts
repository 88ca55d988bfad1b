import { standingNote, type Statements, withStatement } from "../communication/deliveryStatements.ts"
import type { EventsState } from "../communication/EventsState.ts"
import * as notes from "../communication/notes.ts"
import { caseOf, type State, overallOutcomeOf } from "../communication/State.ts"
import { type InboundEvent, eventKey } from "../inbound/InboundEvent.ts"
import { responseEventOf } from "../inbound/ResponseEvent.ts"
import type { Journey } from "../journeys/Journey.ts"
import type { Json } from "../record/ChannelResult.ts"
import { isoTime } from "../values/parseTime.ts"
import { mayHaveClosed } from "./agentChanges.ts"
import { answerEffect, noReply, understandReply, type ReplyReading } from "./answerEffect.ts"
import { serviceNowTime } from "./casePatches.ts"
import type { CaseEffect, EventContext, Plan, PlanInput } from "./Plan.ts"

const fieldsOf = (journey: Journey, { deliveredAt, readAt }: notes.DeliveryTimes): Json => {
  const field = (name: string | undefined, at: number | undefined) =>
    name === undefined || at === undefined ? {} : { [name]: serviceNowTime(isoTime(at)) }
  return { ...field(journey.deliveredField, deliveredAt), ...field(journey.readField, readAt) }
}

/**
 * The note of the two times if those change, then the failure's note again if it is newer. The last note is thus the
 * same in every order of events (SPEC 8.5, 8.6).
 */
const deliveryPatches = ({ event, journey, context }: PlanInput): ReadonlyArray<Json> =>
  deliveryChanges(context.statements, withStatement(context.statements, event), journey)

/** What changes on the Case between these statements about delivery (SPEC 8.5). */
export const deliveryChanges = (known: Statements, statements: Statements, journey: Journey): ReadonlyArray<Json> => {
  const { timeZone } = journey
  const { times } = statements
  const timesNote = notes.deliveryNote(times, timeZone)
  const lastNote = standingNote(statements, timeZone)
  const timesChanged = timesNote !== notes.deliveryNote(known.times, timeZone)
  const lastChanged = lastNote !== standingNote(known, timeZone)
  return [
    ...(timesChanged || (lastChanged && lastNote === timesNote)
      ? [{ work_notes: timesNote, ...fieldsOf(journey, times) }]
      : []),
    ...((timesChanged || lastChanged) && lastNote !== timesNote ? [{ work_notes: lastNote }] : [])
  ]
}

const effectOf = (input: PlanInput, reading: ReplyReading): CaseEffect => {
  switch (input.event.kind) {
    case "sent":
      return { patches: [] }
    case "delivered":
    case "read":
    case "failed":
      return { patches: deliveryPatches(input) }
    case "reply":
      return answerEffect(input, reading)
  }
}

/** The effect of this event on its communication (SPEC 8.4–8.10). Pure, so it is decided once and survives a crash. */
export const planEvent = (input: PlanInput): Plan => {
  const { event, context } = input
  const reading = event.kind === "reply" ? understandReply(input) : noReply
  const { answered, words } = reading
  const evento = responseEventOf(event, answered)
  const { closesAt, patches } = effectOf(input, reading)
  const confirmation = context.inDoubt ? [{ work_notes: notes.confirmedNote(evento) }] : []
  return {
    evento,
    ...(event.kind === "reply" && { answered }),
    ...(words !== undefined && { words }),
    patches: context.hasCase ? [...confirmation, ...patches] : [],
    ...(closesAt !== undefined && context.hasCase && { closesAt }),
    ...(context.inDoubt && { settles: event.kind === "failed" ? "failed" : "sent" })
  }
}

/** The context of the next event, from the facts so far. */
export const eventContextOf = (state: State): EventContext => {
  const { isDoubtNoted, notedYesKept, saidNo, saidYes, statements, withdrawn, withPeople } = state.events
  const overall = overallOutcomeOf(state)
  const isUnsettled = overall?.outcome === "in_doubt" || overall?.by === "events"
  return {
    statements,
    hasCase: caseOf(state) !== undefined,
    inDoubt: isUnsettled && !isDoubtNoted,
    saidYes,
    saidNo,
    withPeople,
    notedYesKept,
    withdrawn,
    resolved: mayHaveClosed(state)
  }
}

/**
 * The note of a reply that several communications may have caused. Only a communication with a Case has one (SPEC 8.2).
 */
export const ambiguityPatches = (state: State, event: InboundEvent): ReadonlyArray<Json> =>
  caseOf(state) === undefined ? [] : [{ work_notes: notes.ambiguousNote(event) }]

/** The key under which a communication stores such a reply. */
export const ambiguityKey = (event: InboundEvent): string => JSON.stringify(["ambiguous", eventKey(event)])

/**
 * The key under which the communication stores the event: `eventKey`, which a duplicate shares. An event with an
 * earlier time than those it would duplicate corrects them, and has its own key (SPEC 8.4).
 */
export const progressKey = ({ byKey, statements }: EventsState, event: InboundEvent): string => {
  const key = eventKey(event)
  const correctionKey = JSON.stringify(["correction", key, event.at, event.code ?? "", event.message ?? ""])
  const isCorrection = byKey.has(key) && withStatement(statements, event) !== statements
  return byKey.has(correctionKey) || isCorrection ? correctionKey : key
}
