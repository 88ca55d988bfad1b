import { Clock, Effect } from "effect"

const EVERY = 10_000

/** Logs a passing failure when it begins, and every 10 s at most while it lasts; says when it is over. */
export interface ThrottledWarning {
  readonly about: (detail: string) => Effect.Effect<void>
  readonly over: Effect.Effect<void>
}

export const makeComplaint = (failing: string, mended: string): ThrottledWarning => {
  let saidAt: number | undefined
  return {
    about: Effect.fnUntraced(function* (detail) {
      const now = yield* Clock.currentTimeMillis
      if (saidAt !== undefined && now - saidAt < EVERY) return
      saidAt = now
      yield* Effect.logWarning(`${failing}: ${detail}`)
    }),
    over: Effect.suspend(() => {
      if (saidAt === undefined) return Effect.void
      saidAt = undefined
      return Effect.logInfo(mended)
    })
  }
}
