import { Clock, Context, Effect, Layer, type Scope } from "effect"

import { monotonicNow } from "../../domain/values/monotonicTime.ts"

interface Loop {
  readonly name: string
  readonly limit: number
  /** When it last completed a round, monotonic milliseconds. */
  at: number
}

/**
 * When each loop of this process last completed a round. A loop that hangs cannot report itself, so `Watchdog` does.
 */
export class Rounds extends Context.Service<
  Rounds,
  {
    /**
     * Registers a loop until the scope closes. It is late `limit` milliseconds after its last round. The loop runs the
     * returned effect at each round.
     */
    loop(name: string, limit: number): Effect.Effect<Effect.Effect<void>, never, Scope.Scope>
    /** The names of the late loops. */
    readonly late: Effect.Effect<ReadonlyArray<string>>
  }
>()("brom-ctx/programs/Rounds") {
  static readonly layer = Layer.effect(
    Rounds,
    Effect.map(Clock.Clock, (clock) => {
      const loops = new Set<Loop>()
      const now = () => monotonicNow(clock)
      return Rounds.of({
        loop: (name, limit) =>
          Effect.acquireRelease(
            Effect.sync(() => {
              const loop: Loop = { name, limit, at: now() }
              loops.add(loop)
              return loop
            }),
            (loop) => Effect.sync(() => loops.delete(loop))
          ).pipe(
            Effect.map((loop) =>
              Effect.sync(() => {
                loop.at = now()
              })
            )
          ),
        late: Effect.sync(() =>
          Array.from(loops)
            .filter(({ at, limit }) => now() - at >= limit)
            .map(({ name }) => name)
        )
      })
    })
  )
}

/**
 * Milliseconds after which a loop with a round at least each minute is late. Everything it waits for times out sooner.
 */
export const loopLimit = 300_000
