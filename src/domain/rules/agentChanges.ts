import { changesStanding, isWithoutRead, type LeftCase } from "../communication/CaseStanding.ts"
import { standingPatches, type Write } from "../communication/EventsState.ts"
import type { FactOf } from "../communication/Fact.ts"
import { noteMark } from "../communication/noteMark.ts"
import { caseSeenAt, type State } from "../communication/State.ts"
import type { Json } from "../record/ChannelResult.ts"
import { caseState, keptPatch } from "./casePatches.ts"

/** What a read of a Case shows of its standing: raw values, `""` for no group. */
export interface CaseSnapshot {
  readonly state: string
  readonly assignmentGroup: string
  /** User names. Absent, like the times, if they cannot be read. */
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
 * when it was opened, else the adoption, else the body that was sent. The group is absent if it was never known.
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

/** The user of flows and business rules that no person started. */
const systemUser = "system"

/** True if we or the instance made the last change, not a person. We are the user who created the Case. */
export const isByMachine = ({ createdBy, updatedBy }: CaseSnapshot): boolean =>
  updatedBy !== undefined && (updatedBy === createdBy || updatedBy === systemUser)

/**
 * True if the instance itself changed the Case soon after its insert. Nobody else can have changed it: no person's
 * change was seen, and every write of ours followed a read (SPEC 8.8).
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

/** True for a Case with the state and the group that we or the instance left it with. */
const isAsLeft = (state: State, found: CaseSnapshot): boolean => {
  const left = caseAsLeft(state)
  return (
    found.state === left.state && (left.assignmentGroup === undefined || found.assignmentGroup === left.assignmentGroup)
  )
}

/** Who gave the Case its state and group (SPEC 8.8). */
const changedBy = (state: State, found: CaseSnapshot): "instance" | "people" =>
  isAsLeft(state, found) || isSettling(state, found) ? "instance" : "people"

/**
 * Who had changed the Case when the close was scheduled. If the Case had no group, one that it has by then counts as
 * the instance's, whoever set it (SPEC 8.8).
 */
const changedByAtYes = (state: State, found: CaseSnapshot): "instance" | "people" => {
  const { assignmentGroup = "", state: left } = caseAsLeft(state)
  return assignmentGroup === "" && found.state === left ? "instance" : changedBy(state, found)
}

/** The part of a plan that matters here. */
type Planned = Pick<FactOf<"EventPlanned">, "closesAt" | "patches">

/** What a fact remembers of a Case that was read for an event's plan or note, or for another note (SPEC 8.8). */
export const readOfCase = (
  state: State,
  found: CaseSnapshot,
  planned?: Planned
): Pick<FactOf<"WriteIntended">, "assignmentGroup" | "caseBy" | "caseState"> => ({
  caseState: found.state,
  assignmentGroup: found.assignmentGroup,
  caseBy: planned?.closesAt === undefined ? changedBy(state, found) : changedByAtYes(state, found)
})

/** True for a change by the instance that no fact records yet. A note of ours would hide who made it. */
export const isNewFromInstance = (state: State, found: CaseSnapshot): boolean =>
  !isAsLeft(state, found) && isSettling(state, found)

/**
 * True if a plan must know who changed the Case before it. That is so for a scheduled close, and for a note on a Case
 * of ours that has not been read since it settled. Such a note hides who changed the Case. A PATCH that changes the
 * standing has its own read.
 */
export const isWorthReading = (
  { case: opened, events: { readAt = 0 } }: State,
  { closesAt, patches: [first] }: Planned
): boolean => {
  if (first === undefined || changesStanding(first)) return false
  return closesAt !== undefined || (opened?._tag === "CaseOpened" && readAt - opened.at <= settlesWithin)
}

/**
 * True if the Case must be read before a note, because the read for its plan is missing or too old. `planned` is the
 * plan of the note's event.
 */
export const isReadDue = (state: State, planned: Planned | undefined, now: number): boolean => {
  const { case: opened, events } = state
  if (events.isTaken) return false
  if (planned?.closesAt !== undefined && events.isReadMissing) return true
  const isSettled = opened?._tag !== "CaseOpened" || (events.readAt ?? 0) - opened.at > settlesWithin
  return !isSettled && isWithoutRead(events, caseSeenAt(state), now)
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
  // A person who gave the Case to this group has done what the hand-over would do.
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

/** The fields of the Case's standing in a written body that this Case does not have. */
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
