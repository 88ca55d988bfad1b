import { standingNote, type Statements, withStatement } from "../communication/deliveryStatements.ts"
import { type EventsState, standingPatches } from "../communication/EventsState.ts"
import * as notes from "../communication/notes.ts"
import { caseOf, type State, overallOutcomeOf } from "../communication/State.ts"
import { classifyReply, type CustomerAnswer } from "../inbound/customerAnswer.ts"
import { type InboundEvent, eventKey } from "../inbound/InboundEvent.ts"
import { type ResponseEvent, responseEventOf } from "../inbound/ResponseEvent.ts"
import { isOpen, nextOpening } from "../journeys/businessHours.ts"
import type { Journey } from "../journeys/Journey.ts"
import type { Json } from "../record/ChannelResult.ts"
import { isoTime } from "../values/parseTime.ts"
import { closePatch, humanPatch, serviceNowTime, caseState } from "./casePatches.ts"

/** The part of the facts so far that an event can change. The plan depends on no other fact. */
export interface EventContext {
  readonly statements: Statements
  /** There is a Case to write on. */
  readonly hasCase: boolean
  /** The dispatch was in doubt, and no event has settled it yet (SPEC 8.6). */
  readonly inDoubt: boolean
  readonly saidYes: boolean
  readonly saidNo: boolean
  /** A SIM after NÃO has its note. */
  readonly notedYesAfterNo: boolean
  /** A close of ours was sent or may have been sent, so NÃO reopens the Case. */
  readonly resolved: boolean
}

/** The effect of one event, decided once and durable before it is carried out. */
export interface Plan {
  readonly evento: ResponseEvent
  readonly answered?: CustomerAnswer
  /** Bodies to write on the Case, in order; empty when nothing on it changes. */
  readonly patches: ReadonlyArray<Json>
  /** When to close the Case after a SIM outside business hours, epoch milliseconds. */
  readonly closesAt?: number
  /** How the event settles a dispatch in doubt. */
  readonly settles?: "sent" | "failed"
}

export interface PlanInput {
  readonly context: EventContext
  readonly event: InboundEvent
  readonly journey: Journey
  readonly humanGroup: string | undefined
  /** dd/MM/yyyy; `undefined` for an adopted Case. */
  readonly deliveryDate: string | undefined
  /** The clock when the event is processed. Business hours are checked against it (SPEC 8.8). */
  readonly now: number
}

const fieldsOf = (journey: Journey, { deliveredAt, readAt }: notes.DeliveryTimes): Json => {
  const field = (name: string | undefined, at: number | undefined) =>
    name === undefined || at === undefined ? {} : { [name]: serviceNowTime(isoTime(at)) }
  return { ...field(journey.deliveredField, deliveredAt), ...field(journey.readField, readAt) }
}

/**
 * The note of the two times where those change, then the failure's note again where it is newer. The last note is thus
 * the same in every order of events (SPEC 8.5, 8.6).
 */
const deliveryPatches = ({ event, journey, context }: PlanInput): ReadonlyArray<Json> => {
  const known = context.statements
  const statements = withStatement(known, event)
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

const yesEffect = ({ deliveryDate, journey, now, context }: PlanInput): Pick<Plan, "patches" | "closesAt"> => {
  if (context.saidNo) {
    return { patches: context.notedYesAfterNo ? [] : [{ work_notes: notes.yesAfterNoNote }] }
  }
  if (context.saidYes) return { patches: [] }
  const { businessHours, timeZone } = journey
  if (businessHours === undefined || isOpen(now, businessHours, timeZone)) {
    return { patches: [closePatch(journey, deliveryDate)] }
  }
  const closesAt = nextOpening(now, businessHours, timeZone)
  return { patches: [{ work_notes: notes.yesLaterNote(closesAt, timeZone) }], closesAt }
}

const answerEffect = (input: PlanInput, answered: CustomerAnswer): Pick<Plan, "patches" | "closesAt"> => {
  switch (answered) {
    case "sim":
      return yesEffect(input)
    case "nao":
      return input.context.saidNo
        ? { patches: [] }
        : { patches: [humanPatch(input.journey, input.humanGroup, input.context.resolved)] }
    case "outro":
      return { patches: [{ work_notes: notes.otherNote(input.event.text ?? "") }] }
  }
}

const effectOf = (input: PlanInput, answered: CustomerAnswer): Pick<Plan, "patches" | "closesAt"> => {
  switch (input.event.kind) {
    case "sent":
      return { patches: [] }
    case "delivered":
    case "read":
    case "failed":
      return { patches: deliveryPatches(input) }
    case "reply":
      return answerEffect(input, answered)
  }
}

/** The effect of this event on its communication (SPEC 8.4–8.10). Pure, so it is decided once and survives a crash. */
export const planEvent = (input: PlanInput): Plan => {
  const { event, journey, context } = input
  const answered = event.kind === "reply" ? classifyReply(event, journey.answers) : "outro"
  const evento = responseEventOf(event, answered)
  const { closesAt, patches } = effectOf(input, answered)
  const confirmation = context.inDoubt ? [{ work_notes: notes.confirmedNote(evento) }] : []
  return {
    evento,
    ...(event.kind === "reply" && { answered }),
    patches: context.hasCase ? [...confirmation, ...patches] : [],
    ...(closesAt !== undefined && context.hasCase && { closesAt }),
    ...(context.inDoubt && { settles: event.kind === "failed" ? "failed" : "sent" })
  }
}

/** The context of the next event, from the facts so far. */
export const eventContextOf = (state: State): EventContext => {
  const { closeIntended, isDoubtNoted, notedYesAfterNo, saidNo, saidYes, statements } = state.events
  const overall = overallOutcomeOf(state)
  const isUnsettled = overall?.outcome === "in_doubt" || overall?.by === "events"
  return {
    statements,
    hasCase: caseOf(state) !== undefined,
    inDoubt: isUnsettled && !isDoubtNoted,
    saidYes,
    saidNo,
    notedYesAfterNo,
    resolved:
      closeIntended?.cancelled === false ||
      state.adopted?.state === String(caseState.resolved) ||
      standingPatches(state.events).some(({ patch }) => patch.state === caseState.resolved)
  }
}

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
