import { Clock, Effect } from "effect"

import { setNewest } from "../../domain/values/setNewest.ts"
import type { UnknownFact } from "../../services/Journal.ts"
import { annotation } from "../../telemetry/names.ts"
import { isUnknownFact } from "../runtime/retryOnDefect.ts"

/** Milliseconds until a communication that still waits is logged again. */
const again = 3_600_000
/** Communications that are remembered. Beyond that the oldest one is forgotten. */
const most = 10_000

/** Logs each communication that waits for a newer version once, and again each hour (SPEC 9.8). */
export const makeUnknownFactLog = Effect.map(Clock.Clock, (clock) => {
  /** When each communication was last logged, the oldest first. */
  const loggedAt = new Map<string, number>()
  const isNews = ({ id }: UnknownFact): boolean => {
    const now = clock.currentTimeMillisUnsafe()
    if (now - (loggedAt.get(id) ?? -Infinity) < again) return false
    setNewest(loggedAt, id, now, most)
    return true
  }
  return (error: unknown): Effect.Effect<void> =>
    isUnknownFact(error) && isNews(error)
      ? Effect.logWarning(
          `a newer version wrote the fact ${error.tag}: the communication waits for a process of that version`
        ).pipe(Effect.annotateLogs(annotation.correlationId, error.id))
      : Effect.void
})
