import type { FactOf } from "../communication/Fact.ts"
import {
  cancelledNote,
  closeNotes,
  noAnswerNote,
  noCancelledNote,
  noNote,
  notClosedNote,
  notHandedOverNote,
  withWords,
  yesCancelledNote,
  yesNote
} from "../communication/notes.ts"
import type { Journey } from "../journeys/Journey.ts"
import type { Answer, Json } from "../record/ChannelResult.ts"

/** ServiceNow's own codes of a Case's `state`. */
export const caseState = { open: 10, resolved: 6, closed: 3, cancelled: 7 } as const

/** SIM closes the Case (SPEC 8.8). */
export const closePatch = (journey: Pick<Journey, "resolutionCode">, deliveryDate: string | undefined): Json => ({
  state: caseState.resolved,
  close_notes: closeNotes(deliveryDate),
  work_notes: yesNote,
  ...(journey.resolutionCode !== undefined && { resolution_code: journey.resolutionCode })
})

/** NÃO hands the Case over to agents (SPEC 8.9). `reopens` is set for a Case that we had resolved. */
export const humanPatch = (journey: Journey, humanGroup: string | undefined, reopens: boolean): Json => {
  const group = journey.humanGroup ?? humanGroup
  return {
    state: caseState.open,
    ...(group !== undefined && { assignment_group: group }),
    priority: 2,
    work_notes: noNote,
    ...(reopens && { close_notes: "", ...(journey.resolutionCode !== undefined && { resolution_code: "" }) })
  }
}

const noteOf = ({ work_notes }: Json): string => (typeof work_notes === "string" ? work_notes : "")

/**
 * The note alone, for a Case that people work on or have ended (SPEC 8.8, 8.9). `planned` is the plan of the event
 * whose body it is. A scheduled close has none, because another note already reports the answer.
 */
export const keptPatch = (body: Json, planned: FactOf<"EventPlanned"> | undefined): Json => {
  if (planned === undefined) return { work_notes: cancelledNote }
  if (body.state === caseState.resolved) return { work_notes: withWords(yesCancelledNote, planned.words) }
  // The note of an answer that needs people already says everything.
  return { work_notes: planned.answered === "nao" ? withWords(noCancelledNote, planned.words) : noteOf(body) }
}

/** The note alone, for a close or a hand-over that ServiceNow refuses (SPEC 8.8, 8.9). The customer's words stay. */
export const refusedPatch = (body: Json, answer: Answer): Json => {
  const note = noteOf(body)
  if (body.state === caseState.resolved) return { work_notes: notClosedNote(note, answer) }
  const said = note.startsWith(noNote) ? noAnswerNote + note.slice(noNote.length) : note
  return { work_notes: notHandedOverNote(said, answer) }
}

/** A time in ServiceNow's format: UTC `yyyy-MM-dd HH:mm:ss`. */
export const serviceNowTime = (iso: string): string => iso.slice(0, 19).replace("T", " ")
