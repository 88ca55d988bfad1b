import { classifyReply } from "../answer.ts"
import { isOpen, nextOpening } from "../businessHours.ts"
import type { Json } from "../Canal.ts"
import type { InboundEvent } from "../inbound/InboundEvent.ts"
import { isoTime } from "../isoTime.ts"
import type { Journey } from "../Journey.ts"
import { closePatch, humanPatch, serviceNowTime } from "./casePatches.ts"
import { type Answered, type Evento, eventoOf } from "./Evento.ts"
import * as notes from "./notes.ts"

/** What the facts so far say that an event can change: the outcome depends on it and on nothing else. */
export interface Standing extends notes.DeliveryTimes {
  /** There is a Case to write on. */
  readonly hasCase: boolean
  /** The dispatch is in doubt (SPEC 8.6). */
  readonly inDoubt: boolean
  readonly saidYes: boolean
  readonly saidNo: boolean
  /** A close of ours was sent or may have been: NÃO reopens. */
  readonly resolved: boolean
}

/** What one event does, decided once and durable before it is done. */
export interface Plan {
  readonly evento: Evento
  readonly answered?: Answered
  /** Bodies to be written on the Case, in order; none when nothing on it changes. */
  readonly patches: ReadonlyArray<Json>
  /** A SIM outside business hours: when to close, epoch milliseconds. */
  readonly closesAt?: number
  /** How the event settles a dispatch in doubt. */
  readonly settles?: "sent" | "failed"
}

export interface PlanInput {
  readonly standing: Standing
  readonly event: InboundEvent
  readonly journey: Journey
  readonly humanGroup: string | undefined
  /** dd/MM/yyyy; none for an adopted Case. */
  readonly deliveryDate: string | undefined
  /** The clock when it is processed: business hours count by it (SPEC 8.8). */
  readonly now: number
}

const earliest = (known: number | undefined, told: number) => Math.min(known ?? told, told)

/** The times after this event; several that tell the same count as the earliest, so that their order does not matter. */
export const timesAfter = (times: notes.DeliveryTimes, { at, kind }: InboundEvent): notes.DeliveryTimes => {
  const { deliveredAt, readAt } = times
  return {
    ...(kind === "delivered"
      ? { deliveredAt: earliest(deliveredAt, at) }
      : deliveredAt !== undefined && { deliveredAt }),
    ...(kind === "read" ? { readAt: earliest(readAt, at) } : readAt !== undefined && { readAt })
  }
}

const deliveryPatches = ({ event, journey, standing }: PlanInput): ReadonlyArray<Json> => {
  const times = timesAfter(standing, event)
  const note = notes.deliveryNote(times, journey.timeZone)
  if (note === undefined || note === notes.deliveryNote(standing, journey.timeZone)) return []
  const field = (name: string | undefined, at: number | undefined) =>
    name === undefined || at === undefined ? {} : { [name]: serviceNowTime(isoTime(at)) }
  return [
    { work_notes: note, ...field(journey.deliveredField, times.deliveredAt), ...field(journey.readField, times.readAt) }
  ]
}

/** An older failure never overrides delivered or read (SPEC 8.6). */
const failurePatches = ({ event, standing }: PlanInput): ReadonlyArray<Json> => {
  const alive = [standing.deliveredAt, standing.readAt].filter((at) => at !== undefined)
  return alive.some((at) => at >= event.at) ? [] : [{ work_notes: notes.failedNote(event.code, event.message) }]
}

const yes = ({ deliveryDate, journey, now, standing }: PlanInput): Pick<Plan, "patches" | "closesAt"> => {
  if (standing.saidYes) return { patches: [] }
  if (standing.saidNo) return { patches: [{ work_notes: notes.yesAfterNoNote }] }
  const { businessHours, timeZone } = journey
  if (businessHours === undefined || isOpen(now, businessHours, timeZone)) {
    return { patches: [closePatch(journey, deliveryDate)] }
  }
  const closesAt = nextOpening(now, businessHours, timeZone)
  return { patches: [{ work_notes: notes.yesLaterNote(closesAt, timeZone) }], closesAt }
}

const answerEffect = (input: PlanInput, answered: Answered): Pick<Plan, "patches" | "closesAt"> => {
  switch (answered) {
    case "sim":
      return yes(input)
    case "nao":
      return input.standing.saidNo
        ? { patches: [] }
        : { patches: [humanPatch(input.journey, input.humanGroup, input.standing.resolved)] }
    case "outro":
      return { patches: [{ work_notes: notes.otherNote(input.event.text ?? "") }] }
  }
}

const effectOf = (input: PlanInput, answered: Answered): Pick<Plan, "patches" | "closesAt"> => {
  switch (input.event.kind) {
    case "sent":
      return { patches: [] }
    case "delivered":
    case "read":
      return { patches: deliveryPatches(input) }
    case "failed":
      return { patches: failurePatches(input) }
    case "reply":
      return answerEffect(input, answered)
  }
}

/** What this event does to its communication (SPEC 8.4–8.10): pure, so that it is decided once and survives a crash. */
export const planEvent = (input: PlanInput): Plan => {
  const { event, journey, standing } = input
  const answered = event.kind === "reply" ? classifyReply(event, journey.answers) : "outro"
  const evento = eventoOf(event, answered)
  const { closesAt, patches } = effectOf(input, answered)
  const confirming = standing.inDoubt ? [{ work_notes: notes.confirmedNote(evento) }] : []
  return {
    evento,
    ...(event.kind === "reply" && { answered }),
    patches: standing.hasCase ? [...confirming, ...patches] : [],
    ...(closesAt !== undefined && standing.hasCase && { closesAt }),
    ...(standing.inDoubt && { settles: event.kind === "failed" ? "failed" : "sent" })
  }
}
