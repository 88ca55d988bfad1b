import { Effect, Fiber } from "effect"

/**
 * `statement`, which an interruption leaves behind: whoever interrupts it, a time-out say, does not wait for it to end. The
 * interruption of a statement ends only with its connection, and that of a transaction's `BEGIN` not even then.
 */
export const abandonOnInterrupt = <A, E, R>(statement: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDetach(Effect.interruptible(statement), { startImmediately: true }), (fiber) =>
      Effect.onInterrupt(restore(Fiber.join(fiber)), () => Effect.forkDetach(Fiber.interrupt(fiber)))
    )
  )
