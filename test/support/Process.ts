import { Effect, Exit, Fiber, Layer, Metric, Random, Scope } from "effect"

import type { Around } from "./interposed.ts"

/** One running service. */
interface Process {
  /** Stops it, as SIGTERM does. Returns when all of its scopes are closed. */
  readonly stop: Effect.Effect<void>
  /** Ends it, as `kill -9` does: no outside call returns or takes effect after that. */
  readonly kill: Effect.Effect<void>
}

/** A process whose outside calls hang once it is dead. A call that was on its way may have been carried out. */
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
 * Builds the service in a scope of its own, which the end of a test does not close, because a dead process runs no finalizers.
 * `until` moves the clock. Equal seeds make equal backoffs.
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
