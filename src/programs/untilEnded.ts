import { Effect, Schedule } from "effect"

import { isFailure } from "./catchFailure.ts"
import { triedAgain } from "./triedAgain.ts"

/** Tries that a defect of our own gets (SPEC 9.7). */
export const maxTries = 20

/** Half a second at first, never more than half a minute. */
const afterDefect = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered,
  Schedule.upTo({ times: maxTries - 1 })
)

/**
 * Runs the work of one record, or of one of its events, again after a defect or failure of our own; when all tries are used
 * up, `giveUp` (SPEC 9.7). Tries are counted in memory: a process that ends of a defect, or before the last try, begins anew.
 */
export const untilEnded = <A, E, R, B, R2>(work: Effect.Effect<A, E, R>, giveUp: Effect.Effect<B, never, R2>) =>
  work.pipe(
    triedAgain("defect while a record was worked on; it is tried again", afterDefect),
    Effect.catch((cause) => (isFailure(cause) ? giveUp : Effect.interrupt))
  )
