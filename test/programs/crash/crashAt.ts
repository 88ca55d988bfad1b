import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Around } from "../../support/interposed.ts"

/**
 * Queries that a sweep makes each second and the audit each minute in any case. They change nothing, and would be most
 * of the boundaries.
 */
const looks = new Set([
  "Journal.dueBefore",
  "Journal.heldBy",
  "Journal.claimable",
  "Journal.orphans",
  "Journal.account",
  "Journal.stalled",
  "Kafka.positions",
  "Kafka.survey",
  "Operations.next"
])

/**
 * A process that crashes at its `n`-th boundary: before or after a call to the outside. From there on no call returns,
 * so that nothing can be tidied up. Boundaries count from 1; 0 never crashes.
 */
export const crashAt = (n: number) => {
  let seen = 0
  const boundary = Effect.suspend(() => (++seen >= n && n > 0 ? Effect.never : Effect.void))
  const alive = Effect.suspend(() => (seen >= n && n > 0 ? Effect.never : Effect.void))
  const around: Around = (call, effect) => {
    const edge = looks.has(call) ? alive : boundary
    return Effect.flatMap(Effect.andThen(edge, Effect.exit(effect)), (exit) => Effect.andThen(edge, exit))
  }
  return {
    around,
    crashed: Effect.sync(() => n > 0 && seen >= n),
    /** Boundaries that were reached. */
    count: () => seen
  }
}

/**
 * Runs it without a crash, and then with a crash at each of the boundaries that it has counted, of which there are more
 * than `least`. Each run has its own clock, so that the sleeps of a crashed process do not slow the next run.
 */
export const atEachBoundary = Effect.fnUntraced(function* <E, R>(
  run: (death: number) => Effect.Effect<number, E, R>,
  least: number
) {
  const isolated = (death: number) => run(death).pipe(Effect.scoped, Effect.provide(TestClock.layer(), { local: true }))
  const boundaries = yield* isolated(0)
  assert.isAbove(boundaries, least)
  for (let n = 1; n <= boundaries; n++) yield* isolated(n)
})
