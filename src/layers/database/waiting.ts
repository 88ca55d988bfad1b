import { Clock, Effect } from "effect"

/** Logs that somebody else is waited for: at once, then at most every 10 s. */
export const makeWaiting = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  let loggedAt = -Infinity
  return (detail: string) =>
    Effect.suspend(() => {
      const now = clock.currentTimeMillisUnsafe()
      if (now - loggedAt < 10_000) return Effect.void
      loggedAt = now
      return Effect.logWarning(detail)
    })
})
