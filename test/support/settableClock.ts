import { Clock, Effect } from "effect"

/** The test's clock. `jump` sets its wall time, and its monotonic time and its sleeps continue. */
export const settableClock = Effect.map(Clock.Clock, (clock) => {
  let ahead = 0
  const wall = () => clock.currentTimeMillisUnsafe() + ahead
  const nanos = () => BigInt(Math.round(wall())) * 1_000_000n
  const settable: Clock.Clock = {
    ...clock,
    currentTimeMillisUnsafe: wall,
    currentTimeMillis: Effect.sync(wall),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos)
  }
  return {
    clock: settable,
    jump: (millis: number) => {
      ahead += millis
    }
  }
})
