import type { Json } from "../record/ChannelResult.ts"
import type { FactOf } from "./Fact.ts"

/** State and group of a Case, raw. */
export interface LeftCase {
  readonly state?: string
  readonly assignmentGroup?: string
}

/** What is known of state and group of the Case, and of who changed them (SPEC 8.8). */
export interface CaseStanding {
  /** The Case when an early version scheduled its close, where it could be read. The group is a sys_id, or empty. */
  readonly caseState?: string
  readonly assignmentGroup?: string
  /** State and group as we or the instance left them last. An absent field is as the Case was opened (SPEC 8.8). */
  readonly left: LeftCase
  /** People have changed state or group, as a read of the Case has shown. */
  readonly isTaken: boolean
  /** We have written without having read the Case just before, so the Case no longer tells who changed it earlier. */
  readonly isUnread: boolean
  /** When the Case was last read for a plan, epoch milliseconds. */
  readonly readAt?: number
}

export const untouched: CaseStanding = { left: {}, isTaken: false, isUnread: false }

/** True for a body that closes the Case or hands it over. It must not override agents (SPEC 8.8, 8.9). */
export const changesStanding = ({ assignment_group, state }: Json): boolean =>
  state !== undefined || assignment_group !== undefined

/** What a plan says of the Case, which was read for it. A PATCH that changes the Case's standing is read for by itself. */
export const standingWith = (
  fact: Pick<FactOf<"EventPlanned">, "assignmentGroup" | "at" | "caseBy" | "caseState" | "patches">
): Partial<CaseStanding> => {
  const { assignmentGroup, caseBy, caseState, patches } = fact
  const [first] = patches
  if (caseBy === "people") return { isTaken: true, readAt: fact.at }
  if (caseBy === "instance" && caseState !== undefined && assignmentGroup !== undefined)
    return { left: { state: caseState, assignmentGroup }, isUnread: false, readAt: fact.at }
  return {
    ...(first !== undefined && !changesStanding(first) && { isUnread: true }),
    ...(caseState !== undefined && { caseState }),
    ...(assignmentGroup !== undefined && { assignmentGroup })
  }
}

/** The Case after this body was written. */
export const leftBy = (left: LeftCase, { assignment_group, state }: Json): LeftCase => ({
  ...left,
  ...(state !== undefined && { state: String(state) }),
  ...(assignment_group !== undefined && { assignmentGroup: String(assignment_group) })
})

/** Longest time between the read of a Case and a note on it that counts as read just before, milliseconds. */
const justRead = 60_000

/** `isUnread` after a note was written. The Case was last read, or opened, at `readAt`. */
export const unreadAfter = ({ isUnread }: CaseStanding, readAt: number, at: number): boolean =>
  isUnread || at - readAt > justRead
