import { Clock, Effect, Random } from "effect"

import { type EndedItems, type NewOperation, Operations } from "../../services/Operations.ts"

/** Who acts, when, and why. */
export interface Actor {
  /** When the action was requested, epoch milliseconds. Now if absent. */
  readonly at?: number
  /** The operator's name. */
  readonly by: string
  readonly reason: string
}

/** 8 random characters. An id has two such parts, so that no two operations have the same id. */
const part = Effect.map(Random.next, (random) =>
  Math.floor(random * 36 ** 8)
    .toString(36)
    .padStart(8, "0")
)

/** Makes an operation. Its id sorts by the time at which the action was requested. */
export const newOperation = Effect.fnUntraced(function* (action: string, actor: Actor, target?: string) {
  const { by, reason } = actor
  const at = actor.at ?? (yield* Clock.currentTimeMillis)
  const id = `${at.toString(36).padStart(9, "0")}-${yield* part}${yield* part}`
  const operation: NewOperation = { id, action, by, at, reason, ...(target !== undefined && { target }) }
  return operation
})

/** Writes an action that was taken at once to the trail (SPEC 10.3): a reveal, an export, a breaker closed by hand. */
export const writeTrail = Effect.fn("writeTrail")(function* (
  action: string,
  actor: Actor,
  ended: EndedItems = { done: 1, failures: [] },
  target?: string
) {
  const operations = yield* Operations
  const operation = yield* newOperation(action, actor, target)
  yield* operations.begin(operation, [], ended)
  return operation
})
