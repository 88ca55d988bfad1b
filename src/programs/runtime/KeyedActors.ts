import { Clock, Effect, Semaphore } from "effect"

import { monotonicNow } from "../../domain/values/monotonicTime.ts"

/**
 * How many idle actors are kept, and for how many milliseconds. The next call for an actor comes at once or much later.
 */
const kept = { most: 100, millis: 2000 }

interface Entered<Actor> {
  readonly actor: Actor
  readonly turn: Semaphore.Semaphore
  calls: number
  /** When its last call ended, monotonic milliseconds. */
  idleSince: number
}

/**
 * Actors by key. Calls for one key run one after the other, in order. Calls for different keys run at once. An actor
 * keeps its memory for the next call if that comes soon.
 */
export const makeKeyedActors = Effect.fnUntraced(function* <Actor>(make: (key: string) => Actor) {
  const clock = yield* Clock.Clock
  const busy = new Map<string, Entered<Actor>>()
  /** The longest idle actor comes first. */
  const idle = new Map<string, Entered<Actor>>()

  const takeIdle = (key: string): Entered<Actor> | undefined => {
    const known = idle.get(key)
    idle.delete(key)
    return known !== undefined && monotonicNow(clock) - known.idleSince < kept.millis ? known : undefined
  }

  const enter = (key: string): Entered<Actor> => {
    const entered = busy.get(key) ??
      takeIdle(key) ?? { actor: make(key), turn: Semaphore.makeUnsafe(1), calls: 0, idleSince: 0 }
    busy.set(key, entered)
    entered.calls++
    return entered
  }

  const leave = (key: string, entered: Entered<Actor>): void => {
    if (--entered.calls > 0) return
    busy.delete(key)
    entered.idleSince = monotonicNow(clock)
    idle.set(key, entered)
    for (const oldest of idle.keys()) {
      if (idle.size <= kept.most) break
      idle.delete(oldest)
    }
  }

  return <A, E, R>(key: string, work: (actor: Actor) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const entered = enter(key)
        const call = entered.turn.withPermit(Effect.suspend(() => work(entered.actor)))
        return Effect.ensuring(
          restore(call),
          Effect.sync(() => leave(key, entered))
        )
      })
    )
})
