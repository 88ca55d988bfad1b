import { Effect, Fiber } from "effect"

/**
 * The probe's answer, or `false` after 2 s. The probe is left behind then, not waited for: interrupting a statement on a
 * dead connection takes seconds itself.
 */
export const answersInTime = (probe: Effect.Effect<boolean>): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkDetach(probe)
    return yield* Fiber.join(fiber).pipe(
      Effect.timeoutOrElse({
        duration: "2 seconds",
        orElse: () => Effect.as(Effect.forkDetach(Fiber.interrupt(fiber)), false)
      })
    )
  })
