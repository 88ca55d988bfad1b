import { Effect } from "effect"

import { CurrentOperator } from "../../api/access.ts"
import { writeTrail } from "../../programs/operator/newOperation.ts"

/** One thing that an operator did. */
interface Action {
  readonly action: string
  readonly reason: string
  /** What it was about, if that was one communication or dead letter. */
  readonly target?: string
  /** How many communications, dead letters or others it was about. */
  readonly total: number
  readonly failures: ReadonlyArray<{ readonly id: string; readonly reason: string }>
}

/** The log annotations of an operation. `failures`: how many. */
interface Logged {
  readonly operation: string
  readonly action: string
  readonly by: string
  readonly total: number
  readonly failures: number
}

/** Logs an entry of the trail. */
export const logAction = ({ action, by, failures, operation, total }: Logged) =>
  Effect.annotateLogs(Effect.logInfo("operator action"), { operation, action, by, total, failures })

/** Writes to the trail what an operator did, and returns the id of the entry (SPEC 10.3). */
export const recordAction = Effect.fnUntraced(function* ({ action, failures, reason, target, total }: Action) {
  const { name } = yield* CurrentOperator
  const { id } = yield* writeTrail(action, { by: name, reason }, { done: total, failures }, target)
  yield* logAction({ operation: id, action, by: name, total, failures: failures.length })
  return id
})
