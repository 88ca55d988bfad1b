import { Clock, Context, Effect, Layer, type Scope } from "effect"

interface Loop {
  readonly name: string
  readonly limit: number
  at: number
}

/** When the loops of this process last came round: one that hangs says nothing itself, so another tells (`Watchdog`). */
export class Rounds extends Context.Service<
  Rounds,
  {
    /** Knows a loop until the scope closes, which is late after `limit` milliseconds; what it returns is run at each round. */
    loop(name: string, limit: number): Effect.Effect<Effect.Effect<void>, never, Scope.Scope>
    /** The names of the late ones. */
    readonly late: Effect.Effect<ReadonlyArray<string>>
  }
>()("brom-ctx/programs/Rounds") {
  static readonly layer = Layer.effect(
    Rounds,
    Effect.map(Clock.Clock, (clock) => {
      const loops = new Set<Loop>()
      const now = () => clock.currentTimeMillisUnsafe()
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

/** Milliseconds after which a loop that comes round at least each minute is late: what it waits for is given up long before. */
export const loopLimit = 300_000
