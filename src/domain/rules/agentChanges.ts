import { cancelledNote, noCancelledNote, yesCancelledNote } from "../communication/notes.ts"
import type { State } from "../communication/State.ts"
import type { Write } from "../communication/Write.ts"
import type { Json } from "../record/ChannelResult.ts"
import { caseState } from "./casePatches.ts"

/** What tells whether people have changed a Case: raw values, `""` for no group. */
export interface CaseSnapshot {
  readonly state: string
  readonly assignmentGroup: string
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined

const [resolved, closed] = [String(caseState.resolved), String(caseState.closed)]

/** A close of ours is known to be written. */
const isClosedByUs = ({ byKey, closeIntended, closeWritten }: State["events"]): boolean =>
  (closeIntended?.cancelled === false && closeWritten?.written === true) ||
  [...byKey.values()].some(({ planned: { patches }, written }) =>
    patches.some((patch, index) => patch.state === caseState.resolved && written.get(index)?.written === true)
  )

/**
 * As we left the Case: as the instance answered when it was opened, else as it was adopted, as it was read when its close was
 * scheduled, as it was sent (SPEC 8.8). A group that the instance gave it after the insert is ours too: one that was read at
 * the SIM counts where none was answered. No group: never known.
 */
const leftAs = ({
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

/** True for a body that closes the Case or hands it over: it must not run over people (SPEC 8.8, 8.9). */
export const changesStanding = (body: Json): boolean => body.state !== undefined

/**
 * What is written instead of `body` on a Case that people have changed since we left it, surely without `body` having been
 * carried out (SPEC 8.8, 8.9); `undefined` while `body` stands. `found`: the Case now, `undefined` where there is none.
 */
export const replacementPatch = (
  write: Write,
  body: Json,
  state: State,
  found: CaseSnapshot | undefined
): Json | undefined => {
  const left = leftAs(state)
  const isOver = found?.state === resolved || found?.state === closed
  const isOurGroup = left.assignmentGroup === undefined || found?.assignmentGroup === left.assignmentGroup
  if (body.state === caseState.resolved) {
    const stands = found !== undefined && !isOver && found.state === left.state && isOurGroup
    return stands ? undefined : { work_notes: write.of === "close" ? cancelledNote : yesCancelledNote }
  }
  // What is over is reopened, whoever ended it: nobody looks at it any more, and the customer wants to be called (SPEC 8.9).
  if (!changesStanding(body) || found === undefined || isOver) return undefined
  const stands = found.state === left.state && (isOurGroup || found.assignmentGroup === body.assignment_group)
  return stands ? undefined : { work_notes: noCancelledNote }
}

/** How often this body's note is known to stand on the Case already, by other writes: two answers may say the same. */
export const notesKnownWritten = ({ earlierNotes, events, noted }: State, { work_notes }: Json): number => {
  const written: ReadonlyArray<Json | undefined> = [
    ...earlierNotes,
    noted?.written === true ? noted.request : undefined,
    ...[...events.byKey.values()].flatMap(({ planned, written }) =>
      [...written.values()].map((outcome) => (outcome.written ? planned.patches[outcome.index] : undefined))
    ),
    events.closeWritten?.written === true ? events.closeIntended?.patch : undefined
  ]
  return written.filter((body) => body !== undefined && body.work_notes === work_notes).length
}
