import { standingPatches, type Write } from "../communication/EventsState.ts"
import { cancelledNote, noCancelledNote, withWords, yesCancelledNote } from "../communication/notes.ts"
import type { State } from "../communication/State.ts"
import type { Json } from "../record/ChannelResult.ts"
import { caseState } from "./casePatches.ts"

/** The fields that show whether agents have changed a Case: raw values, `""` for no group. */
export interface CaseSnapshot {
  readonly state: string
  readonly assignmentGroup: string
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined

const [resolved, closed] = [String(caseState.resolved), String(caseState.closed)]

/** True when a close of ours is known to be written. */
const isClosedByUs = (events: State["events"]): boolean =>
  (events.closeIntended?.cancelled === false && events.closeWritten?.written === true) ||
  standingPatches(events).some(({ patch, written }) => patch.state === caseState.resolved && written)

/**
 * The Case as we left it (SPEC 8.8). The first of these sources that has a value counts: the instance's answer when it
 * was opened, the adoption, the read when its close was scheduled, the body that was sent. A group that the instance
 * assigned after the insert counts as ours, so a group read at the SIM replaces an empty answer. `undefined` as group:
 * never known.
 */
const caseAsLeft = ({
  adopted,
  case: opened,
  caseIntent,
  events
}: State): { readonly state: string; readonly assignmentGroup: string | undefined } => {
  const echo = opened?._tag === "CaseOpened" ? opened : undefined
  const open = echo?.state ?? adopted?.state ?? events.caseState ?? text(caseIntent?.body.state)
  const groups = [echo?.assignmentGroup, adopted?.assignmentGroup, events.assignmentGroup].filter(
    (group) => group !== undefined
  )
  return {
    state: isClosedByUs(events) ? resolved : (open ?? String(caseState.open)),
    assignmentGroup: groups.find((group) => group !== "") ?? groups[0] ?? text(caseIntent?.body.assignment_group)
  }
}

/** True for a body that closes the Case or hands it over. It must not override agents (SPEC 8.8, 8.9). */
export const changesStanding = (body: Json): boolean => body.state !== undefined

/**
 * The note that replaces `body` when agents have changed the Case since we left it and `body` was certainly not carried
 * out (SPEC 8.8, 8.9). `undefined` while `body` is still valid. `found` is the Case now, `undefined` without a Case.
 */
export const replacementPatch = (
  write: Write,
  body: Json,
  state: State,
  found: CaseSnapshot | undefined
): Json | undefined => {
  const baseline = caseAsLeft(state)
  const planned = write.of === "event" ? state.events.byKey.get(write.key)?.planned : undefined
  const hasEnded = found?.state === resolved || found?.state === closed
  const isOurGroup = baseline.assignmentGroup === undefined || found?.assignmentGroup === baseline.assignmentGroup
  if (body.state === caseState.resolved) {
    const isStillValid = found !== undefined && !hasEnded && found.state === baseline.state && isOurGroup
    return isStillValid
      ? undefined
      : { work_notes: write.of === "close" ? cancelledNote : withWords(yesCancelledNote, planned?.words) }
  }
  // An ended Case is reopened, no matter who ended it: no agent watches it, and the customer wants a call (SPEC 8.9).
  if (!changesStanding(body) || found === undefined || hasEnded) return undefined
  const isStillValid = found.state === baseline.state && (isOurGroup || found.assignmentGroup === body.assignment_group)
  if (isStillValid) return undefined
  // The note of an answer that needs people says all that there is to say.
  if (planned?.answered === "outro") return { work_notes: body.work_notes }
  return { work_notes: withWords(noCancelledNote, planned?.words) }
}

/** How often other writes are known to have put this body's note on the Case. Two answers may have the same note. */
export const notesKnownWritten = ({ earlierNotes, events, noted }: State, { work_notes }: Json): number => {
  const written: ReadonlyArray<Json | undefined> = [
    ...earlierNotes,
    noted?.written === true ? noted.request : undefined,
    events.closeWritten?.written === true ? events.closeIntended?.patch : undefined
  ]
  const others = written.filter((body) => body !== undefined && body.work_notes === work_notes).length
  return others + (events.notes.get(String(work_notes)) ?? 0)
}
