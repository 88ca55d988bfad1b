import { randomUUID } from "node:crypto"

import { Effect } from "effect"

import { CurrentOperator } from "../../api/access.ts"

/** One thing that an operator did. */
interface Action {
  readonly action: string
  readonly reason: string
  /** How many communications, dead letters or others it was about. */
  readonly total: number
  readonly failures: ReadonlyArray<{ readonly id: string; readonly reason: string }>
}

/** Writes to the trail what an operator did, and returns the id of the entry. */
export const recordAction = Effect.fnUntraced(function* ({ action, failures, total }: Action) {
  const { name } = yield* CurrentOperator
  const operation = randomUUID()
  yield* Effect.annotateLogs(Effect.logInfo("an operator acted"), {
    operation,
    action,
    by: name,
    total,
    failures: failures.length
  })
  return operation
})
