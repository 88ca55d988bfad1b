import { Cause, Effect, Exit, Option } from "effect"
import type { ClusterError } from "effect/cluster"

type Passing =
  | ClusterError.MailboxFull
  | ClusterError.AlreadyProcessingMessage
  | ClusterError.PersistenceError
  | ClusterError.EntityNotAssignedToRunner

const passing = new Set(["MailboxFull", "AlreadyProcessingMessage", "PersistenceError", "EntityNotAssignedToRunner"])

const isPassing = (error: { readonly _tag: string }): error is Passing => passing.has(error._tag)

/** Between two asks: the actor is full, or on its way to another replica. */
const pause = "500 millis"

/**
 * Asks an actor until it has answered: what the cluster cannot do now, it can do soon (DESIGN "Actors"). An actor that was ended in the
 * middle of its work, for its replica stops or has lost it, is asked again, wherever it is then.
 */
export const askUntilAnswered = Effect.fnUntraced(function* <A, E extends { readonly _tag: string }, R>(
  ask: Effect.Effect<A, E | Passing, R>
): Effect.fn.Return<A, Exclude<E, Passing>, R> {
  for (;;) {
    // Who is interrupted himself does not come back from here.
    const exit = yield* Effect.exit(ask)
    if (Exit.isSuccess(exit)) return exit.value
    const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    const ended = error === undefined && Cause.hasInterruptsOnly(exit.cause)
    if (!ended && (error === undefined || !isPassing(error))) {
      return yield* Effect.failCause(exit.cause as Cause.Cause<Exclude<E, Passing>>)
    }
    yield* Effect.sleep(pause)
  }
})
