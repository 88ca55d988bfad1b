import { Clock, Context, Effect } from "effect"

import { monotonicNow } from "../../domain/values/monotonicTime.ts"
import { setNewest } from "../../domain/values/setNewest.ts"

/** Milliseconds until an unchanged condition is logged again. */
const again = 3_600_000
/** How many keys are remembered. Beyond that the oldest one is forgotten. */
const most = 10_000

/** Runs a log of a condition that may last for days. */
type HourlyLogOf = (key: string, log: Effect.Effect<void>) => Effect.Effect<void>

/** Runs the log of each key once, and again each hour. The default, which remembers nothing, runs it each time. */
export const HourlyLog = Context.Reference<HourlyLogOf>("brom-ctx/programs/HourlyLog", {
  defaultValue: () => (_, log) => log
})

/** The hourly log of one process. */
export const makeHourlyLog = Effect.map(Clock.Clock, (clock): HourlyLogOf => {
  /** When each key was last logged, monotonic milliseconds, the oldest first. */
  const loggedAt = new Map<string, number>()
  return (key, log) =>
    Effect.suspend(() => {
      const now = monotonicNow(clock)
      if (now - (loggedAt.get(key) ?? -Infinity) < again) return Effect.void
      setNewest(loggedAt, key, now, most)
      return log
    })
})
