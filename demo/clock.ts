import { Clock, Effect } from "effect"

/** Thursday 15/01/2026, 12:30 in São Paulo: the desk is open. */
const opening = Date.parse("2026-01-15T15:30:00Z")

/** The real clock with another date, which can be changed. Waiting takes real time. */
interface DemoClock {
  readonly clock: Clock.Clock
  /** Sets the current time, epoch milliseconds. */
  setTime(time: number): Effect.Effect<void>
}

export const makeClock = Effect.gen(function* () {
  const real = yield* Clock.Clock
  let offset = opening - real.currentTimeMillisUnsafe()
  const currentTimeMillisUnsafe = () => real.currentTimeMillisUnsafe() + offset
  const currentTimeNanosUnsafe = () => real.currentTimeNanosUnsafe() + BigInt(offset) * 1_000_000n
  return {
    clock: {
      currentTimeMillisUnsafe,
      currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
      currentTimeNanosUnsafe,
      currentTimeNanos: Effect.sync(currentTimeNanosUnsafe),
      monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: real.monotonicTimeNanos,
      sleep: (duration) => real.sleep(duration)
    },
    setTime: (time) =>
      Effect.sync(() => {
        offset = time - real.currentTimeMillisUnsafe()
      })
  } satisfies DemoClock
})
