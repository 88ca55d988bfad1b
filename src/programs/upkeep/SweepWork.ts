import { Effect, type Fiber, FiberMap } from "effect"

/** Rows that one look of the sweep begins to work on, at most; what is left comes with the next. */
export const sweepBatchSize = 500

/** What a sweep works on: each piece in a fiber of its own, so that one that is stuck holds no other (SPEC 9.5). */
export interface SweepWork {
  /** By communication or by record. */
  readonly fibers: FiberMap.FiberMap<string, void>
  /** The keys of the parked events among it. */
  readonly events: Set<string>
}

/** What one look has begun; `full`: there may be more to begin. */
export interface SweepBatch {
  readonly begun: ReadonlyArray<Fiber.Fiber<void>>
  readonly full: boolean
}

export const makeSweepWork = Effect.map(FiberMap.make<string, void>(), (fibers): SweepWork => ({
  fibers,
  events: new Set()
}))

/** Begins the work, unless its key is being worked on. */
export const begin = Effect.fnUntraced(function* <R>(
  { events, fibers }: SweepWork,
  key: string,
  work: Effect.Effect<void, never, R>,
  keys: ReadonlyArray<string> = []
): Effect.fn.Return<ReadonlyArray<Fiber.Fiber<void>>, never, R> {
  if (FiberMap.hasUnsafe(fibers, key)) return []
  for (const event of keys) events.add(event)
  const forget = Effect.sync(() => keys.forEach((event) => events.delete(event)))
  return [yield* FiberMap.run(fibers, key, Effect.ensuring(work, forget))]
})
