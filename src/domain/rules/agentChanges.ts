import { changesStanding, type LeftCase } from "../communication/CaseStanding.ts"
import { standingPatches, type Write } from "../communication/EventsState.ts"
import { noteMark } from "../communication/noteMark.ts"
import type { State } from "../communication/State.ts"
import type { Json } from "../record/ChannelResult.ts"
import { caseState, keptPatch } from "./casePatches.ts"

/** What a read of a Case says of its standing: raw values, `""` for no group. */
export interface CaseSnapshot {
  readonly state: string
  readonly assignmentGroup: string
  /** User names. Absent, as the times, if they cannot be read. */
  readonly createdBy?: string
  readonly updatedBy?: string
  /** Epoch milliseconds, by the instance's clock. */
  readonly createdAt?: number
  readonly updatedAt?: number
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined

const [resolved, closed, cancelled] = [caseState.resolved, caseState.closed, caseState.cancelled].map(String)

const hasEnded = (state: string): boolean => [resolved, closed, cancelled].includes(state)

/**
 * The Case as we or the instance left it (SPEC 8.8). What was written or read last counts, else the instance's answer
 * when it was opened, else the adoption, else the body that was sent. `undefined` as group: never known.
 */
const caseAsLeft = ({ adopted, case: opened, caseIntent, events }: State): LeftCase => {
  const { left } = events
  const echo = opened?._tag === "CaseOpened" ? opened : undefined
  const state = left.state ?? echo?.state ?? adopted?.state ?? events.caseState ?? text(caseIntent?.body.state)
  const groups = [echo?.assignmentGroup, adopted?.assignmentGroup, events.assignmentGroup].filter(
    (group) => group !== undefined
  )
  const group =
    left.assignmentGroup ?? groups.find((one) => one !== "") ?? groups[0] ?? text(caseIntent?.body.assignment_group)
  return { state: state ?? String(caseState.open), ...(group !== undefined && { assignmentGroup: group }) }
}

/** Milliseconds after its insert for which the instance's own rules and flows may still change a Case. */
const settlesWithin = 5 * 60_000

/** The user of flows and business rules that nobody started. */
const systemUser = "system"

/** The last change was made by us or by the instance, not by a person. We are the user who created the Case. */
export const isByMachine = ({ createdBy, updatedBy }: CaseSnapshot): boolean =>
  updatedBy !== undefined && (updatedBy === createdBy || updatedBy === systemUser)

/**
 * The instance itself changed the Case soon after its insert. Nothing else can have changed it: no person was seen, and
 * every write of ours followed a read (SPEC 8.8).
 */
const isSettling = ({ adopted, case: opened, events: { isTaken, isUnread } }: State, found: CaseSnapshot): boolean =>
  adopted === undefined &&
  opened?._tag === "CaseOpened" &&
  !isTaken &&
  !isUnread &&
  isByMachine(found) &&
  found.createdAt !== undefined &&
  found.updatedAt !== undefined &&
  found.updatedAt - found.createdAt <= settlesWithin

/** Who made state and group of the Case what they are (SPEC 8.8). */
export const changedBy = (state: State, found: CaseSnapshot): "instance" | "people" => {
  const left = caseAsLeft(state)
  const isGroupLeft = left.assignmentGroup === undefined || found.assignmentGroup === left.assignmentGroup
  if (found.state === left.state && isGroupLeft) return "instance"
  return isSettling(state, found) ? "instance" : "people"
}

/**
 * Who had changed the Case when the close was scheduled. A group that a Case without one has by then counts as the
 * instance's, whoever set it (SPEC 8.8).
 */
export const changedByAtYes = (state: State, found: CaseSnapshot): "instance" | "people" => {
  const { assignmentGroup = "", state: left } = caseAsLeft(state)
  return assignmentGroup === "" && found.state === left ? "instance" : changedBy(state, found)
}

/**
 * Whether a plan must know who changed the Case before: for a scheduled close, and before a note on a Case of ours that has
 * not been read since it settled, because the note hides it. A PATCH that changes the standing is read for by itself.
 */
export const isWorthReading = (
  { case: opened, events: { readAt = 0 } }: State,
  { closesAt, patches: [first] }: { readonly closesAt?: number; readonly patches: ReadonlyArray<Json> }
): boolean => {
  if (first === undefined || changesStanding(first)) return false
  return closesAt !== undefined || (opened?._tag === "CaseOpened" && readAt - opened.at <= settlesWithin)
}

/** True when a close of ours is known to be written, or may be. NÃO takes such a close back. */
export const mayHaveClosed = ({ adopted, events }: State): boolean =>
  events.closeIntended?.cancelled === false ||
  adopted?.state === resolved ||
  standingPatches(events).some(({ patch }) => patch.state === caseState.resolved)

const isResolvedByUs = (state: State, found: CaseSnapshot): boolean =>
  found.state === resolved &&
  mayHaveClosed(state) &&
  (caseAsLeft(state).state === resolved || isByMachine(found) || found.updatedBy === undefined)

/** Whether a body that changes the Case's standing may still be written. */
const isStillValid = (body: Json, state: State, found: CaseSnapshot): boolean => {
  if (isResolvedByUs(state, found)) return body.state !== caseState.resolved
  if (hasEnded(found.state)) return false
  if (changedBy(state, found) === "instance") return true
  // Whoever gave the Case to this group did what the hand-over would do.
  return (
    body.state !== caseState.resolved &&
    body.assignment_group !== undefined &&
    found.assignmentGroup === body.assignment_group &&
    found.state === caseAsLeft(state).state
  )
}

/**
 * The note that replaces `body` when agents have changed the Case since we left it, or have ended it, and `body` was
 * certainly not carried out (SPEC 8.8, 8.9). `undefined` while `body` is still valid. `found` is the Case now.
 */
export const replacementPatch = (write: Write, body: Json, state: State, found: CaseSnapshot): Json | undefined => {
  if (!changesStanding(body) || isStillValid(body, state, found)) return undefined
  return keptPatch(body, write.of === "event" ? state.events.byKey.get(write.key)?.planned : undefined)
}

/** A warning in the response to a NÃO on a Case that has ended (SPEC 8.9). */
export const endedAviso = (body: Json, { state }: CaseSnapshot): ReadonlyArray<string> => {
  if (body.state !== caseState.open || !hasEnded(state)) return []
  return state === closed
    ? ["o Case está fechado (state 3) e não pode ser reaberto"]
    : [`o Case foi encerrado pelo atendimento (state ${state}) e não foi reaberto`]
}

/** Of a body that was written, the fields of the Case's standing that this Case does not have. */
export const notStored = (body: Json, found: CaseSnapshot | undefined): ReadonlyArray<string> => [
  ...(body.state !== undefined && String(body.state) !== found?.state ? ["state"] : []),
  ...(body.assignment_group !== undefined && body.assignment_group !== found?.assignmentGroup
    ? ["assignment_group"]
    : [])
]

/** How often other writes are known to have put this body's note on the Case. Two answers may have the same note. */
export const notesKnownWritten = ({ earlierNotes, events, noted }: State, { work_notes }: Json): number => {
  const mark = noteMark(String(work_notes))
  const written: ReadonlyArray<Json | undefined> = [
    ...earlierNotes,
    noted?.written === true ? noted.request : undefined,
    events.closeWritten?.written === true ? events.closeIntended?.patch : undefined
  ]
  const others = written.filter((body) => body !== undefined && noteMark(String(body.work_notes)) === mark).length
  return others + (events.notes.get(mark) ?? 0)
}
