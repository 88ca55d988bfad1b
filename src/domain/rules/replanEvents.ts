import { isStatement, noStatements } from "../communication/deliveryStatements.ts"
import type { EventProgress } from "../communication/EventsState.ts"
import type { FactOf } from "../communication/Fact.ts"
import * as notes from "../communication/notes.ts"
import type { State } from "../communication/State.ts"
import { answerEffect, noReply, type ReplyReading, understandReply } from "./answerEffect.ts"
import type { CaseEffect, EventContext, PlanInput } from "./Plan.ts"
import { ambiguityPatches, deliveryChanges, eventContextOf } from "./planEvent.ts"

/** What an event from before the Case writes on it, now that there is one. */
type Replanned = FactOf<"EventsReplanned">["events"][number]

type Input = Omit<PlanInput, "context" | "event">

/** A reply and what it says, in the order in which the replies came. */
interface Heard {
  readonly progress: EventProgress
  readonly reading: ReplyReading
  readonly context: EventContext
}

const needsPeople = ({ answered, people }: ReplyReading): boolean => answered === "nao" || people

/**
 * What the reply says. If the words of the journeys file have changed since its response, the answer in that response
 * counts.
 */
const readingOf = (input: PlanInput, { answered = "outro", words }: FactOf<"EventPlanned">): ReplyReading => {
  const reading = understandReply(input)
  return reading.answered === answered ? reading : { answered, people: false, ...(words !== undefined && { words }) }
}

/** Reads the events in their order, each in the context of the earlier ones. */
const hear = (state: State, input: Input): ReadonlyArray<Heard> => {
  let context: EventContext = {
    ...eventContextOf(state),
    hasCase: true,
    inDoubt: false,
    saidYes: false,
    saidNo: false,
    withPeople: false,
    notedYesKept: false,
    withdrawn: state.events.withdrawn
  }
  return [...state.events.withoutCase.keys()].flatMap((key) => {
    const progress = state.events.byKey.get(key)
    if (progress === undefined) return []
    const { planned } = progress
    const isReply = planned.event.kind === "reply" && progress.ambiguous !== true
    const reading = isReply ? readingOf({ ...input, context, event: planned.event }, planned) : noReply
    const heard: Heard = { progress, reading, context }
    if (!isReply) return heard
    const { saidNo, saidYes, withPeople } = context
    context = {
      ...context,
      saidYes: saidYes || reading.answered === "sim",
      saidNo: saidNo || reading.answered === "nao",
      notedYesKept: context.notedYesKept || (withPeople && reading.answered === "sim"),
      withPeople: withPeople || needsPeople(reading)
    }
    return heard
  })
}

/**
 * What a reply writes. A yes before an answer that gives the Case to people does not close it first (SPEC 8.5, 8.9).
 */
const replyEffect = ({ context, progress, reading }: Heard, input: Input, isWithPeople: boolean): CaseEffect => {
  const { answered, words } = reading
  if (answered === "sim" && isWithPeople && !context.withPeople && !context.saidYes)
    return { patches: [{ work_notes: notes.withWords(notes.yesNote, words) }] }
  return answerEffect({ ...input, context, event: progress.planned.event }, reading)
}

/**
 * Plans the writes for events that came before the Case was opened (SPEC 10.1): the answers in their order, and only
 * the last state of delivery (SPEC 8.5).
 */
export const replanEvents = (state: State, input: Input): Pick<FactOf<"EventsReplanned">, "closesAt" | "events"> => {
  const heard = hear(state, input)
  const isWithPeople = heard.some(({ reading }) => needsPeople(reading))
  const lastStatement = heard.findLast(({ progress: { planned } }) => isStatement(planned.event))
  let closesAt: number | undefined
  const effectOf = (one: Heard): CaseEffect["patches"] => {
    const { ambiguous, planned } = one.progress
    if (ambiguous === true) return ambiguityPatches(state, planned.event)
    if (one === lastStatement) return deliveryChanges(noStatements, state.events.statements, input.journey)
    if (planned.event.kind !== "reply") return []
    const effect = replyEffect(one, input, isWithPeople)
    closesAt = effect.closesAt ?? closesAt
    return effect.patches
  }
  const events = heard.map((one): Replanned => {
    const { evento, key, settles } = one.progress.planned
    const patches = [...(settles === undefined ? [] : [{ work_notes: notes.confirmedNote(evento) }]), ...effectOf(one)]
    return needsPeople(one.reading) ? { key, patches, people: true } : { key, patches }
  })
  return { events, ...(closesAt !== undefined && !isWithPeople && { closesAt }) }
}
