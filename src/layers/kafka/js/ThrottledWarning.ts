import { Effect } from "effect"

import { monotonicMillis } from "../../../domain/values/monotonicTime.ts"

const EVERY = 10_000

/** Logs a temporary failure when it begins, and at most every 10 s while it lasts. Logs when it has ended. */
export interface ThrottledWarning {
  readonly about: (detail: string) => Effect.Effect<void>
  readonly over: Effect.Effect<void>
}

export const makeThrottledWarning = (failing: string, recovered: string): ThrottledWarning => {
  let loggedAt: number | undefined
  return {
    about: Effect.fnUntraced(function* (detail) {
      const now = yield* monotonicMillis
      if (loggedAt !== undefined && now - loggedAt < EVERY) return
      loggedAt = now
      yield* Effect.logWarning(`${failing}: ${detail}`)
    }),
    over: Effect.suspend(() => {
      if (loggedAt === undefined) return Effect.void
      loggedAt = undefined
      return Effect.logInfo(recovered)
    })
  }
}
