import { Cause, Effect, Schedule } from "effect"

import { UnknownFact } from "../../services/Journal.ts"

/** True for failures and defects, false for interruption. */
const isNonInterrupt = (cause: Cause.Cause<unknown>): boolean => !Cause.hasInterrupts(cause)

/** Handles failures and defects. An interruption stays an interruption. */
export const catchNonInterrupt =
  <B, E2, R2>(handle: (cause: Cause.Cause<unknown>) => Effect.Effect<B, E2, R2>) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A | B, E2, R | R2> =>
    Effect.catchCause(work, (cause) => (isNonInterrupt(cause) ? handle(cause) : Effect.interrupt))

/**
 * Runs the work again after each failure or defect, logged as `message`, for as long as the schedule continues. Fails
 * with the last cause. An interruption ends it.
 */
export const retryLogged =
  <Out>(message: string, schedule: Schedule.Schedule<Out>) =>
  <A, E, R>(work: Effect.Effect<A, E, R>) =>
    // Try once without a schedule: building one costs more than the common, successful case.
    Effect.catchCause(work, (cause) => {
      let first: Cause.Cause<E> | undefined = cause
      return Effect.suspend(() => {
        const failed = first
        first = undefined
        return failed === undefined ? work : Effect.failCause(failed)
      }).pipe(
        Effect.tapCauseIf(isNonInterrupt, (failed) => Effect.logError(message, failed)),
        Effect.sandbox,
        Effect.retry({ schedule, while: isNonInterrupt })
      )
    })

/** How often work is tried when our own code fails with a defect (SPEC 9.7). */
export const maxTries = 20

/** Half a second at first, at most half a minute. */
const afterDefect = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered,
  Schedule.upTo({ times: maxTries - 1 })
)

/** Milliseconds until work is tried again that waits for an unannounced event, such as a newer version (SPEC 9.8). */
export const unknownPause = 60_000

/** True if a newer version wrote a fact that the work needs. */
export const isUnknownFact = (error: unknown): error is UnknownFact => error instanceof UnknownFact

/**
 * Runs the work of one record, or of one of its events, again after a defect or failure of our own. Runs `giveUp` when
 * all tries are used up (SPEC 9.7). Work that waits for a newer version fails at once (SPEC 9.8). Tries are counted in
 * memory, so the count starts again when the process ends because of a defect or before the last try.
 */
export const retryOnDefect = <A, E, R, B, R2>(
  work: Effect.Effect<A, E, R>,
  giveUp: Effect.Effect<B, never, R2>
): Effect.Effect<A | B, UnknownFact, R | R2> =>
  Effect.catch(work, (error) => (isUnknownFact(error) ? Effect.succeed(error) : Effect.fail(error))).pipe(
    retryLogged("defect while processing a record, retrying", afterDefect),
    Effect.catch((cause) => (isNonInterrupt(cause) ? giveUp : Effect.interrupt)),
    Effect.flatMap((result) => (isUnknownFact(result) ? Effect.fail(result) : Effect.succeed(result as A | B)))
  )
