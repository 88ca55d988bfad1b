import { Cause, Effect, Exit } from "effect"

/** The pause between two calls, because the process is about to stop. */
const pause = "500 millis"

/**
 * Calls an actor until it has answered. The call is repeated if the actor was interrupted in its work because its
 * process stops. The caller is then about to be interrupted, too, and its record comes again.
 */
export const askUntilAnswered = Effect.fnUntraced(function* <A, E, R>(
  ask: Effect.Effect<A, E, R>
): Effect.fn.Return<A, E, R> {
  for (;;) {
    // If this fiber is interrupted, it does not get past this line.
    const exit = yield* Effect.exit(ask)
    if (Exit.isSuccess(exit)) return exit.value
    if (!Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.failCause(exit.cause)
    yield* Effect.sleep(pause)
  }
})
