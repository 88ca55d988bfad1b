import * as notes from "../communication/notes.ts"
import { type CustomerAnswer, meaningOfReply, saysMore } from "../inbound/customerAnswer.ts"
import type { InboundEvent } from "../inbound/InboundEvent.ts"
import { isOpen, nextOpening } from "../journeys/businessHours.ts"
import { closePatch, humanPatch } from "./casePatches.ts"
import type { CaseEffect, EventContext, PlanInput } from "./Plan.ts"

/** What a reply says, and what follows from it. `people`: they have to read it (SPEC 8.10). */
export interface ReplyReading {
  readonly answered: CustomerAnswer
  readonly people: boolean
  readonly words?: string
}

/** The reading of a status, which says nothing that matters. */
export const noReply: ReplyReading = { answered: "outro", people: false }

/** True if the customer has edited or taken back this message since. It then no longer counts as a yes. */
const isWithdrawn = ({ edits, messageId, revokes }: InboundEvent, { withdrawn }: EventContext): boolean =>
  messageId !== undefined && messageId !== (edits ?? revokes) && withdrawn.has(messageId)

/** Reads a reply. A yes with a picture or other content that nobody has looked at is not a yes (SPEC 8.10). */
export const understandReply = ({ context, event, journey }: PlanInput): ReplyReading => {
  const meaning = meaningOfReply(event, journey.answers)
  if (meaning === "sim" && (event.content !== undefined || isWithdrawn(event, context))) {
    return { answered: "outro", people: true }
  }
  if (meaning === "sim" || meaning === "nao") {
    const isMore = event.content !== undefined || saysMore(event, journey.answers)
    return { answered: meaning, people: false, ...(isMore && { words: notes.saidText(event) }) }
  }
  // A yes that the customer changes into something else is no longer a yes.
  return { answered: "outro", people: meaning === "outro" || (event.edits !== undefined && context.saidYes) }
}

/** The note alone, for an answer that is already known. No note if it says no more than the word (SPEC 8.9). */
const furtherEffect = (note: string, words: string | undefined): CaseEffect => ({
  patches: words === undefined ? [] : [{ work_notes: notes.withWords(note, words) }]
})

const yesEffect = ({ deliveryDate, journey, now, context }: PlanInput, words: string | undefined): CaseEffect => {
  if (context.withPeople) {
    const note = context.saidNo ? notes.yesAfterNoNote : notes.yesKeptNote
    return context.notedYesKept
      ? furtherEffect(note, words)
      : { patches: [{ work_notes: notes.withWords(note, words) }] }
  }
  if (context.saidYes) return furtherEffect(notes.furtherNotes.sim, words)
  const { businessHours, timeZone } = journey
  if (businessHours === undefined || isOpen(now, businessHours, timeZone)) {
    const patch = closePatch(journey, deliveryDate)
    return { patches: [{ ...patch, work_notes: notes.withWords(notes.yesNote, words) }] }
  }
  const closesAt = nextOpening(now, businessHours, timeZone)
  return { patches: [{ work_notes: notes.withWords(notes.yesLaterNote(closesAt, timeZone), words) }], closesAt }
}

const noEffect = ({ context, humanGroup, journey }: PlanInput, words: string | undefined): CaseEffect => {
  if (context.saidNo) return furtherEffect(notes.furtherNotes.nao, words)
  const patch = humanPatch(journey, humanGroup, context.resolved)
  return { patches: [{ ...patch, work_notes: notes.withWords(notes.noNote, words) }] }
}

/** The note. If people have to read it, they get the Case as after NÃO, but with its own priority (SPEC 8.10). */
const otherEffect = ({ context, event, humanGroup, journey }: PlanInput, people: boolean): CaseEffect => {
  const work_notes = isWithdrawn(event, context) ? notes.withdrawnNote(event) : notes.otherNote(event)
  if (!people || context.withPeople) return { patches: [{ work_notes }] }
  const { priority: _, ...patch } = humanPatch(journey, humanGroup, context.resolved)
  return { patches: [{ ...patch, work_notes }] }
}

/** What a reply changes on the Case (SPEC 8.8–8.10). */
export const answerEffect = (input: PlanInput, { answered, people, words }: ReplyReading): CaseEffect => {
  switch (answered) {
    case "sim":
      return yesEffect(input, words)
    case "nao":
      return noEffect(input, words)
    case "outro":
      return otherEffect(input, people)
  }
}
