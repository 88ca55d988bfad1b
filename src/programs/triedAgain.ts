import { Effect, type Schedule } from "effect"

import { isFailure } from "./catchFailure.ts"

/**
 * Runs the work again after a defect or failure, each one logged as `message`, for as long as the schedule goes on; fails
 * with the last cause. An interruption ends it.
 */
export const triedAgain =
  <Out>(message: string, schedule: Schedule.Schedule<Out>) =>
  <A, E, R>(work: Effect.Effect<A, E, R>) =>
    work.pipe(
      Effect.tapCauseIf(isFailure, (cause) => Effect.logError(message, cause)),
      Effect.sandbox,
      Effect.retry({ schedule, while: isFailure })
    )
