import { Clock, Effect, Exit, Fiber, Scope } from "effect"

import type { MemberState } from "./MemberState.ts"

/** Longer than the second between two heart beats: brokers that are there have answered something meanwhile. */
const SILENT = 1200
/** What even brokers that were silent before get for an answer. */
const LEAST = 500
const LOOK = 50

/** Ends when the brokers do not answer any more, and after `most` milliseconds at the latest. */
export const silence = Effect.fnUntraced(function* (state: MemberState, most: number) {
  const begun = yield* Clock.currentTimeMillis
  for (let now = begun; now - begun < most; now = yield* Clock.currentTimeMillis) {
    if (now - begun >= LEAST && now - state.contactAt >= SILENT) return
    yield* Effect.sleep(LOOK)
  }
})

/**
 * A scope whose closing is waited for until `enough` ends: clients of brokers that went away say goodbye for seconds,
 * one after the other, and a shutdown has none of them to spare. What is left of the closing goes on without the caller.
 */
export const scopeUntil = Effect.fnUntraced(function* (
  enough: Effect.Effect<unknown>
): Effect.fn.Return<Scope.Scope, never, Scope.Scope> {
  const scope = yield* Scope.make("parallel")
  yield* Effect.addFinalizer(() =>
    Effect.flatMap(Effect.forkDetach(Scope.close(scope, Exit.void), { startImmediately: true }), (closing) =>
      Effect.raceFirst(Fiber.await(closing), enough)
    )
  )
  return scope
})
