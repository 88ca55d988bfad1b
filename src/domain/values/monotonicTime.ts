import { Clock, Effect } from "effect"

/**
 * Milliseconds on a clock that cannot be set. Every duration within one process is a difference of two of them. They
 * mean nothing to another process. Only epoch milliseconds, from the wall clock, outlive this one.
 */
export const monotonicNow = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

export const monotonicMillis: Effect.Effect<number> = Effect.map(Clock.Clock, monotonicNow)

/** Returns the monotonic time of an epoch time that another process wrote down, as both clocks stand now. */
export const monotonicOf = (epochMillis: number): Effect.Effect<number> =>
  Effect.map(Clock.Clock, (clock) => monotonicNow(clock) + epochMillis - clock.currentTimeMillisUnsafe())

/** Returns the epoch time of a monotonic time, as both clocks stand now, for another process to read. At least 0. */
export const epochOf = (monotonic: number): Effect.Effect<number> =>
  Effect.map(Clock.Clock, (clock) =>
    Math.max(0, Math.ceil(monotonic - monotonicNow(clock) + clock.currentTimeMillisUnsafe()))
  )
