import { Cause, Effect } from "effect"

/** A failure or a defect, and not the end of whoever asked. */
export const isFailure = (cause: Cause.Cause<unknown>): boolean => !Cause.hasInterrupts(cause)

/** Handles what failed or died; an interruption stays one. */
export const catchFailure =
  <B, E2, R2>(handle: (cause: Cause.Cause<unknown>) => Effect.Effect<B, E2, R2>) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A | B, E2, R | R2> =>
    Effect.catchCause(work, (cause) => (isFailure(cause) ? handle(cause) : Effect.interrupt))
