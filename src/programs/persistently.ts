import { Effect, Schedule } from "effect"
import type { ClusterError } from "effect/cluster"

type Passing =
  | ClusterError.MailboxFull
  | ClusterError.AlreadyProcessingMessage
  | ClusterError.PersistenceError
  | ClusterError.EntityNotAssignedToRunner

const isPassing = (error: { readonly _tag: string }): error is Passing =>
  error._tag === "MailboxFull" ||
  error._tag === "AlreadyProcessingMessage" ||
  error._tag === "PersistenceError" ||
  error._tag === "EntityNotAssignedToRunner"

/** As long as it takes, half a second apart: the actor is full or on its way to another replica. */
const untilTaken = Schedule.spaced("500 millis")

/** Asks an actor until it has taken the message: what the cluster cannot do now, it can do soon (DESIGN "Actors"). */
export const persistently = <A, E extends { readonly _tag: string }, R>(
  ask: Effect.Effect<A, E | Passing, R>
): Effect.Effect<A, Exclude<E, Passing>, R> =>
  ask.pipe(
    Effect.retry({ schedule: untilTaken, while: isPassing }),
    Effect.catchIf(isPassing, Effect.die)
  ) as Effect.Effect<A, Exclude<E, Passing>, R>
