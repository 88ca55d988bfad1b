import { Effect, Fiber } from "effect"

/**
 * Runs the statement so that an interruption, for instance a time-out, abandons it at once and does not wait for its
 * end. Interrupting a statement ends only with its connection. Interrupting a transaction's `BEGIN` does not end even
 * then.
 */
export const abandonOnInterrupt = <A, E, R>(statement: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDetach(Effect.interruptible(statement), { startImmediately: true }), (fiber) =>
      Effect.onInterrupt(restore(Fiber.join(fiber)), () => Effect.forkDetach(Fiber.interrupt(fiber)))
    )
  )
