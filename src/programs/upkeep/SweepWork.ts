import { Effect, type Fiber, FiberMap, Semaphore } from "effect"

import { backlogLocks, sweepLocks } from "../../services/Ownership.ts"
import { backgroundPermit, CurrentStartPermit } from "../../services/StartPermit.ts"

/**
 * How many communications may be woken at once, and how many parked events may be processed at once. A communication
 * takes one lock. An event takes two, because it also takes that of its record.
 */
export const mostAtWork = (sweepLocks - backlogLocks) / 3

/** How many rows one query of the sweep may start work on. The remaining rows come with the next query. */
const sweepBatchSize = 500

/**
 * The sweep's work in progress. Each piece runs in a fiber of its own, so that a stuck piece holds up no other
 * (SPEC 9.5).
 */
export interface SweepWork {
  /** Keyed by communication or by record. */
  readonly fibers: FiberMap.FiberMap<string, void>
  /** The keys of the parked events that are being worked on. */
  readonly events: Set<string>
  /** The keys of parked events that this version cannot read, perhaps because a newer one parked them. */
  readonly unreadable: Set<string>
  /** By the keys of undecided parked events, the time until which they are not judged again, monotonic milliseconds. */
  readonly undecided: Map<string, number>
  /** The keys of pieces that only wait to be tried again. They take no room. */
  readonly resting: Set<string>
  /** Keys of the rows that the last query found and another process has. */
  readonly elsewhere: Set<string>
  /**
   * Limits the parked events in progress, and so their locks. A stuck piece keeps its permit, so there must be far more
   * permits than the vendors have slots. A piece that waits for a permit holds no lock.
   */
  readonly share: Semaphore.Semaphore
}

/** Work that one query has started. `full` means that there may be more to start. */
export interface SweepBatch {
  readonly begun: ReadonlyArray<Fiber.Fiber<void>>
  readonly full: boolean
}

export const makeSweepWork = Effect.map(FiberMap.make<string, void>(), (fibers): SweepWork => ({
  fibers,
  events: new Set(),
  unreadable: new Set(),
  undecided: new Map(),
  resting: new Set(),
  elsewhere: new Set(),
  share: Semaphore.makeUnsafe(mostAtWork)
}))

/** Starts the work, unless its key is already being worked on. */
export const begin = Effect.fnUntraced(function* <R>(
  { events, fibers }: SweepWork,
  key: string,
  work: Effect.Effect<void, never, R>,
  keys: ReadonlyArray<string> = []
): Effect.fn.Return<ReadonlyArray<Fiber.Fiber<void>>, never, R> {
  if (FiberMap.hasUnsafe(fibers, key)) return []
  for (const event of keys) events.add(event)
  const forget = Effect.sync(() => keys.forEach((event) => events.delete(event)))
  const background = Effect.provideService(work, CurrentStartPermit, backgroundPermit)
  return [yield* FiberMap.run(fibers, key, Effect.ensuring(background, forget))]
})

/** Waits a minute before a piece of work is tried again. Meanwhile it takes no room from others. */
export const rest = ({ resting }: SweepWork, key: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    resting.add(key)
    return Effect.ensuring(
      Effect.sleep("1 minute"),
      Effect.sync(() => resting.delete(key))
    )
  })

/** How many pieces of work the next query may begin. Those in progress count, whichever query has begun them. */
export const roomOf = ({ fibers, resting }: SweepWork, most = sweepBatchSize): Effect.Effect<number> =>
  Effect.map(FiberMap.size(fibers), (size) => Math.max(0, most - (size - resting.size)))
