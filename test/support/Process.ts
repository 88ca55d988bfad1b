import { Effect, Exit, Fiber, Layer, Metric, Random, Scope } from "effect"

import type { Around } from "./interposed.ts"

/** One running service. */
interface Process {
  /** As by SIGTERM: returns when everything has let go. */
  readonly stop: Effect.Effect<void>
  /** As by `kill -9`: no call to the outside returns any more, nor has any further effect. */
  readonly kill: Effect.Effect<void>
}

/** A process whose calls to the outside hang once it is dead: what was on its way may have been carried out. */
export const mortal = () => {
  let dead = false
  const alive = Effect.suspend(() => (dead ? Effect.never : Effect.void))
  const around: Around = (_, effect) =>
    Effect.flatMap(Effect.andThen(alive, Effect.exit(effect)), (exit) => Effect.andThen(alive, exit))
  const die = Effect.sync(() => {
    dead = true
  })
  return { around, die }
}

/**
 * Builds the service in a scope of its own, which no test's end closes: a dead process has no finalizers. `until` moves
 * the clock. Equal seeds make equal backoffs.
 */
export const launch = Effect.fnUntraced(function* (options: {
  readonly service: Layer.Layer<never>
  readonly metrics: Metric.MetricRegistry
  readonly die: Effect.Effect<void>
  readonly until: (condition: Effect.Effect<boolean>) => Effect.Effect<void>
}) {
  const { die, metrics, service, until } = options
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(service, scope).pipe(
    Effect.provideService(Metric.MetricRegistry, metrics),
    Random.withSeed("process")
  )
  const process: Process = {
    kill: die,
    stop: Effect.gen(function* () {
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* until(Effect.sync(() => closing.pollUnsafe() !== undefined))
      yield* Fiber.join(closing)
    })
  }
  return process
})
