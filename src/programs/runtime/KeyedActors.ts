import { Clock, Deferred, Effect, Option, Semaphore } from "effect"

import { monotonicNow } from "../../domain/values/monotonicTime.ts"

/**
 * How many idle actors are kept, and for how many milliseconds. The next call for an actor comes at once or much later.
 */
const kept = { most: 100, millis: 2000 }

/** How many calls of `soon` may wait for one actor, and for how many milliseconds. */
export const patience = { calls: 8, millis: 10_000 }

interface Entered<Actor> {
  readonly actor: Actor
  readonly turn: Semaphore.Semaphore
  calls: number
  /** Calls of `soon` that wait for their turn. */
  waiting: number
  /** Completes when one of them has waited for too long. */
  givenUp: Deferred.Deferred<void>
  /** When its last call ended, monotonic milliseconds. */
  idleSince: number
}

/** Runs the actors of one kind. */
interface KeyedActors<Actor> {
  /** Waits for its turn, however long that takes. Runs `onWait` if it has to wait. */
  <A, E, R>(key: string, work: (actor: Actor) => Effect.Effect<A, E, R>, onWait?: () => void): Effect.Effect<A, E, R>
  /**
   * Returns none, and has done nothing, if `patience.calls` such calls wait already, or if one of them has waited for
   * `patience.millis`. All of them give up together, so that no later call overtakes an earlier one.
   */
  soon<A, E, R>(
    key: string,
    work: (actor: Actor) => Effect.Effect<A, E, R>,
    onWait?: () => void
  ): Effect.Effect<Option.Option<A>, E, R>
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
      takeIdle(key) ?? {
        actor: make(key),
        turn: Semaphore.makeUnsafe(1),
        calls: 0,
        waiting: 0,
        givenUp: Deferred.makeUnsafe<void>(),
        idleSince: 0
      }
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

  const entering = <A, E, R>(key: string, call: (entered: Entered<Actor>) => Effect.Effect<A, E, R>) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const entered = enter(key)
        return Effect.ensuring(
          restore(call(entered)),
          Effect.sync(() => leave(key, entered))
        )
      })
    )

  const inTurn = <A, E, R>({ actor, turn }: Entered<Actor>, work: (actor: Actor) => Effect.Effect<A, E, R>) =>
    turn.withPermit(Effect.suspend(() => work(actor)))

  /** Completes when this call, or one that waits with it, has waited for too long. */
  const untilGivenUp = (entered: Entered<Actor>, isWaiting: () => boolean): Effect.Effect<void> => {
    const { givenUp } = entered
    const tooLong = Effect.flatMap(Effect.sleep(patience.millis), () => {
      // This call's turn has come, and the others have not waited as long.
      if (!isWaiting()) return Effect.never
      entered.givenUp = Deferred.makeUnsafe()
      return Effect.asVoid(Deferred.succeed(givenUp, undefined))
    })
    return Effect.raceFirst(Deferred.await(givenUp), tooLong)
  }

  const waitFor = <A, E, R>(entered: Entered<Actor>, work: (actor: Actor) => Effect.Effect<A, E, R>) =>
    Effect.suspend((): Effect.Effect<Option.Option<A>, E, R> => {
      let state: "waiting" | "begun" | "given up" = "waiting"
      const stopWaiting = (next: typeof state) => {
        if (state === "waiting") entered.waiting--
        state = next
      }
      const begin = (actor: Actor): Effect.Effect<A, E, R> => {
        if (state === "given up") return Effect.never
        stopWaiting("begun")
        return work(actor)
      }
      const giveUp = Effect.suspend(() => {
        if (state === "begun") return Effect.never
        stopWaiting("given up")
        return Effect.succeedNone
      })
      entered.waiting++
      return Effect.raceFirst(
        Effect.asSome(inTurn(entered, begin)),
        Effect.andThen(
          untilGivenUp(entered, () => state === "waiting"),
          giveUp
        )
      ).pipe(Effect.ensuring(Effect.sync(() => stopWaiting("given up"))))
    })

  const ask = <A, E, R>(key: string, work: (actor: Actor) => Effect.Effect<A, E, R>, onWait?: () => void) =>
    entering(key, (entered) => {
      if (entered.calls > 1) onWait?.()
      return inTurn(entered, work)
    })
  const soon: KeyedActors<Actor>["soon"] = (key, work, onWait) =>
    entering(key, (entered) => {
      if (entered.calls === 1) return Effect.asSome(inTurn(entered, work))
      if (entered.waiting >= patience.calls) return Effect.succeedNone
      onWait?.()
      return waitFor(entered, work)
    })
  const actors: KeyedActors<Actor> = Object.assign(ask, { soon })
  return actors
})
