import { closeNotes, noNote, yesNote } from "../communication/notes.ts"
import type { Journey } from "../journeys/Journey.ts"
import type { Json } from "../record/ChannelResult.ts"

/** ServiceNow's own codes of a Case's `state`. */
export const caseState = { open: 10, resolved: 6, closed: 3 } as const

/** SIM closes the Case (SPEC 8.8). */
export const closePatch = (journey: Journey, deliveryDate: string | undefined): Json => ({
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

/** A time in ServiceNow's format: UTC `yyyy-MM-dd HH:mm:ss`. */
export const serviceNowTime = (iso: string): string => iso.slice(0, 19).replace("T", " ")
