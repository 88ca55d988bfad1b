import { Cause, Effect, Exit, Option } from "effect"
import type { ClusterError } from "effect/cluster"

type TransientError =
  | ClusterError.MailboxFull
  | ClusterError.AlreadyProcessingMessage
  | ClusterError.PersistenceError
  | ClusterError.EntityNotAssignedToRunner

const transientTags = new Set([
  "MailboxFull",
  "AlreadyProcessingMessage",
  "PersistenceError",
  "EntityNotAssignedToRunner"
])

const isTransient = (error: { readonly _tag: string }): error is TransientError => transientTags.has(error._tag)

/** Time between two calls. The actor's mailbox is full, or the actor is moving to another replica. */
const pause = "500 millis"

/**
 * Calls an actor until it has answered. The errors of the cluster pass, so the call is repeated (DESIGN "Actors"). It
 * is also repeated when the actor was ended in the middle of its work, because its replica stops or has lost it. The
 * new call goes to wherever the actor is then.
 */
export const askUntilAnswered = Effect.fnUntraced(function* <A, E extends { readonly _tag: string }, R>(
  ask: Effect.Effect<A, E | TransientError, R>
): Effect.fn.Return<A, Exclude<E, TransientError>, R> {
  for (;;) {
    // If this fiber is interrupted, it does not get past this line.
    const exit = yield* Effect.exit(ask)
    if (Exit.isSuccess(exit)) return exit.value
    const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    const actorEnded = error === undefined && Cause.hasInterruptsOnly(exit.cause)
    if (!actorEnded && (error === undefined || !isTransient(error))) {
      return yield* Effect.failCause(exit.cause as Cause.Cause<Exclude<E, TransientError>>)
    }
    yield* Effect.sleep(pause)
  }
})
