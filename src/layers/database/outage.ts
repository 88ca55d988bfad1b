import { Clock, Effect, Schedule } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

import { describeSqlError, isPermanent } from "./sqlFailure.ts"

const LOG_EVERY = 10_000
const ATTEMPT_LIMIT = "30 seconds"

/** Fast at first, never slower than 2 s, for ever, while waiting can heal it. */
const untilHealed = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")]).pipe(
  Schedule.jittered,
  Schedule.setInputType<SqlError>(),
  Schedule.while(({ input }) => !isPermanent(input))
)

/** A connection that swallows a statement must not hold its caller for ever. */
const noAnswer = () =>
  Effect.fail(new SqlError({ reason: new ConnectionError({ cause: new Error(`no answer within ${ATTEMPT_LIMIT}`) }) }))

export interface Outage {
  /** Repeats `effect` until the database lets it succeed; fails only when its own values are at fault. */
  readonly wait: <A, R>(effect: Effect.Effect<A, SqlError, R>) => Effect.Effect<A, SqlError, R>
  /** `wait` with 30 s for each attempt; `effect` must be safe to repeat. */
  readonly persist: <A, R>(effect: Effect.Effect<A, SqlError, R>) => Effect.Effect<A, SqlError, R>
  /** Logs a failure, at most one line in 10 s for all callers together. */
  readonly note: (error: SqlError) => Effect.Effect<void>
}

/** Watches one database for all its callers; `name` begins each line and must hold no password. */
export const makeOutage = Effect.fnUntraced(function* (name: string): Effect.fn.Return<Outage> {
  const clock = yield* Clock.Clock
  let since: number | undefined
  let loggedAt = -Infinity
  let logged = false

  const note = (error: SqlError) =>
    Effect.suspend(() => {
      const now = clock.currentTimeMillisUnsafe()
      since ??= now
      if (now - loggedAt < LOG_EVERY) return Effect.void
      loggedAt = now
      logged = true
      return Effect.logWarning(`${name} does not answer, waiting: ${describeSqlError(error)}`)
    })

  const recovered = Effect.suspend(() => {
    if (since === undefined) return Effect.void
    const seconds = Math.round((clock.currentTimeMillisUnsafe() - since) / 1000)
    since = undefined
    // Short troubles follow one another: those that were not worth a line are not worth two.
    if (!logged) return Effect.void
    logged = false
    return Effect.logInfo(`${name} answers again after ${seconds} s`)
  })

  const wait: Outage["wait"] = (effect) =>
    effect.pipe(
      Effect.tapError((error) => (isPermanent(error) ? Effect.void : note(error))),
      Effect.retry(untilHealed),
      Effect.tap(() => recovered)
    )

  return {
    note,
    wait,
    persist: (effect) => wait(Effect.timeoutOrElse(effect, { duration: ATTEMPT_LIMIT, orElse: noAnswer }))
  }
})
