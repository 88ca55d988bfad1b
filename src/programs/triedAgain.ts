import { type Cause, Effect, type Schedule } from "effect"

import { isFailure } from "./catchFailure.ts"

/**
 * Runs the work again after a defect or failure, each one logged as `message`, for as long as the schedule goes on; fails
 * with the last cause. An interruption ends it.
 */
export const triedAgain =
  <Out>(message: string, schedule: Schedule.Schedule<Out>) =>
  <A, E, R>(work: Effect.Effect<A, E, R>) =>
    // Nearly all of it succeeds at once: what a schedule costs is paid by what fails.
    Effect.catchCause(work, (cause) => {
      let first: Cause.Cause<E> | undefined = cause
      return Effect.suspend(() => {
        const failed = first
        first = undefined
        return failed === undefined ? work : Effect.failCause(failed)
      }).pipe(
        Effect.tapCauseIf(isFailure, (failed) => Effect.logError(message, failed)),
        Effect.sandbox,
        Effect.retry({ schedule, while: isFailure })
      )
    })
