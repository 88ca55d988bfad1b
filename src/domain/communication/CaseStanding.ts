import type { Json } from "../record/ChannelResult.ts"
import type { FactOf } from "./Fact.ts"

/** State and group of a Case, raw. */
export interface LeftCase {
  readonly state?: string
  readonly assignmentGroup?: string
}

/** What is known of the Case's state and group, and of who changed them (SPEC 8.8). */
export interface CaseStanding {
  /**
   * State and group when an early version scheduled the close, if it could read the Case. The group is a sys_id, or
   * empty.
   */
  readonly caseState?: string
  readonly assignmentGroup?: string
  /** State and group as we or the instance left them last. An absent field is as the Case was opened (SPEC 8.8). */
  readonly left: LeftCase
  /** People have changed state or group, as a read of the Case has shown. */
  readonly isTaken: boolean
  /** We have written without having read the Case just before, so the Case no longer shows who changed it earlier. */
  readonly isUnread: boolean
  /** A note was planned without a read of the Case. */
  readonly isReadMissing: boolean
  /** When the Case was last read for a plan or a write, epoch milliseconds. */
  readonly readAt?: number
}

export const untouched: CaseStanding = { left: {}, isTaken: false, isUnread: false, isReadMissing: false }

/** True for a body that closes the Case or hands it over. It must not override agents (SPEC 8.8, 8.9). */
export const changesStanding = ({ assignment_group, state }: Json): boolean =>
  state !== undefined || assignment_group !== undefined

/** What a read of the Case showed, or nothing if none was due or the read failed. */
type ReadOfCase = Pick<FactOf<"WriteIntended">, "assignmentGroup" | "at" | "caseBy" | "caseState">

/** The standing after a read of the Case. */
export const standingRead = ({ assignmentGroup, at, caseBy, caseState }: ReadOfCase): Partial<CaseStanding> => {
  if (caseBy === undefined) return {}
  const read = { isReadMissing: false, readAt: at }
  if (caseBy === "people") return { ...read, isTaken: true }
  return caseBy === "instance" && caseState !== undefined && assignmentGroup !== undefined
    ? { ...read, left: { state: caseState, assignmentGroup }, isUnread: false }
    : { ...read, isUnread: true }
}

/**
 * The standing after a plan, for which the Case may have been read. A PATCH that changes the standing has its own read.
 */
export const standingWith = (fact: ReadOfCase & Pick<FactOf<"EventPlanned">, "patches">): Partial<CaseStanding> => {
  const { assignmentGroup, caseBy, caseState, patches } = fact
  if (caseBy !== undefined) return standingRead(fact)
  const [first] = patches
  return {
    ...(first !== undefined && !changesStanding(first) && { isReadMissing: true }),
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

/** Milliseconds for which the read of a Case counts as one just before a note. */
const justRead = 60_000

/**
 * True for a note that is written at `at` without a read of the Case just before. The Case was last read, or opened, at
 * `readAt`.
 */
export const isWithoutRead = ({ isReadMissing }: CaseStanding, readAt: number, at: number): boolean =>
  isReadMissing || at - readAt > justRead
