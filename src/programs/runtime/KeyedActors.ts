import { Clock, Effect, Semaphore } from "effect"

/** Actors without calls that are kept, for as many milliseconds: what comes back to one comes back at once, or much later. */
const kept = { most: 100, millis: 2000 }

interface Entered<Actor> {
  readonly actor: Actor
  readonly turn: Semaphore.Semaphore
  calls: number
  /** When it had its last call, epoch milliseconds. */
  idleSince: number
}

/**
 * Actors by their keys: what one is asked for runs one after the other, in the order of the calls; those of different keys run at
 * once. What an actor keeps in memory is there for its next call, if that comes soon.
 */
export const makeKeyedActors = Effect.fnUntraced(function* <Actor>(make: (key: string) => Actor) {
  const clock = yield* Clock.Clock
  const busy = new Map<string, Entered<Actor>>()
  /** The longest idle first. */
  const idle = new Map<string, Entered<Actor>>()

  const wakened = (key: string): Entered<Actor> | undefined => {
    const known = idle.get(key)
    idle.delete(key)
    return known !== undefined && clock.currentTimeMillisUnsafe() - known.idleSince < kept.millis ? known : undefined
  }

  const enter = (key: string): Entered<Actor> => {
    const entered = busy.get(key) ??
      wakened(key) ?? { actor: make(key), turn: Semaphore.makeUnsafe(1), calls: 0, idleSince: 0 }
    busy.set(key, entered)
    entered.calls++
    return entered
  }

  const leave = (key: string, entered: Entered<Actor>): void => {
    if (--entered.calls > 0) return
    busy.delete(key)
    entered.idleSince = clock.currentTimeMillisUnsafe()
    idle.set(key, entered)
    for (const longest of idle.keys()) {
      if (idle.size <= kept.most) break
      idle.delete(longest)
    }
  }

  return <A, E, R>(key: string, work: (actor: Actor) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const entered = enter(key)
        const asked = entered.turn.withPermit(Effect.suspend(() => work(entered.actor)))
        return Effect.ensuring(
          restore(asked),
          Effect.sync(() => leave(key, entered))
        )
      })
    )
})
