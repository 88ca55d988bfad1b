import { Effect } from "effect"

import type { Around } from "../../support/interposed.ts"

/**
 * A process that dies at its `n`-th boundary: before or after a call to the outside. From there on no call returns, so
 * that nothing can be tidied up. Boundaries count from 1; 0 never dies.
 */
export const crashAt = (n: number) => {
  let seen = 0
  const boundary = Effect.suspend(() => (++seen >= n && n > 0 ? Effect.never : Effect.void))
  const around: Around = (_, effect) =>
    Effect.flatMap(Effect.andThen(boundary, Effect.exit(effect)), (exit) => Effect.andThen(boundary, exit))
  return {
    around,
    crashed: Effect.sync(() => n > 0 && seen >= n),
    /** Boundaries that were reached. */
    count: () => seen
  }
}
