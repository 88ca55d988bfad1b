import { Clock, Duration, Effect, Schedule } from "effect"
import { SqlError, ConnectionError } from "effect/sql/SqlError"

import { abandonOnInterrupt } from "./abandonOnInterrupt.ts"

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined

/** Postgres' SQLSTATE, if the server itself answered with an error. */
export const sqlState = (error: SqlError): string | undefined => {
  const code = property(error.reason.cause, "code")
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** SQLSTATE classes about the values sent, never about the server: 22 data, 23 constraint, 54 limits. */
const ofTheData = /^(22|23|54)/

/**
 * True when the same statement can never succeed: the server refuses its values, or they cannot be encoded. All other
 * errors (connection, starting up, too many connections, deadlock, disk full, missing rights …) pass, some of them only
 * after an operator has acted.
 */
export const isPermanent = (error: SqlError): boolean => {
  const state = sqlState(error)
  if (state !== undefined) return ofTheData.test(state)
  return !error.isRetryable
}

/** Describes the error in one log line, which never contains values of a statement. */
export const describeSqlError = (error: SqlError): string => {
  const state = sqlState(error)
  const text = property(error.reason.cause, "message")
  // The server's text quotes the data in errors about the data.
  const detail = isPermanent(error) || typeof text !== "string" || text === "" ? error.reason._tag : text
  return state === undefined ? detail : `${state} ${detail}`
}

const LOG_EVERY = 10_000
/** Each attempt of a statement is given up after this time. */
export const ATTEMPT_LIMIT = Duration.seconds(30)
/** Building an index on a large table takes minutes. A shorter limit would abort it again and again. */
export const UPKEEP_LIMIT = Duration.hours(6)
/**
 * A connection without a byte for this long is destroyed. The limit leaves time after `ATTEMPT_LIMIT`: the driver takes
 * up to 5 s to cancel a statement that timed out. The next attempt does not wait for that, because every statement may
 * run beside its own retry.
 */
export const SILENCE_LIMIT = Duration.sum(ATTEMPT_LIMIT, Duration.seconds(10))

/** Fast at first, at most 2 s apart, without end unless the error is permanent. */
const untilHealed = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")]).pipe(
  Schedule.jittered,
  Schedule.setInputType<SqlError>(),
  Schedule.while(({ input }) => !isPermanent(input))
)

/** Bounds the effect, so that neither a lost statement nor its interruption can block the caller indefinitely. */
const within =
  (limit: Duration.Duration) =>
  <A, R>(effect: Effect.Effect<A, SqlError, R>) =>
    Effect.timeoutOrElse(abandonOnInterrupt(effect), {
      duration: limit,
      orElse: () => {
        const cause = new Error(`no answer within ${Duration.toSeconds(limit)} seconds`)
        return Effect.fail(new SqlError({ reason: new ConnectionError({ cause }) }))
      }
    })

export interface Availability {
  /** Repeats `effect` until it succeeds. Fails only with a permanent error. */
  readonly wait: <A, R>(effect: Effect.Effect<A, SqlError, R>) => Effect.Effect<A, SqlError, R>
  /** Like `wait`, with at most 30 s for each attempt. `effect` must be safe to repeat. */
  readonly persist: <A, R>(effect: Effect.Effect<A, SqlError, R>) => Effect.Effect<A, SqlError, R>
  /** Like `persist`, for work on whole tables at the start. It may take hours and is logged every 30 s. */
  readonly upkeep: <A, R>(what: string, effect: Effect.Effect<A, SqlError, R>) => Effect.Effect<A, SqlError, R>
  /** Logs a failure. All callers together log at most one line in 10 s. */
  readonly note: (error: SqlError) => Effect.Effect<void>
}

/** Watches one database for all its callers. `name` begins each log line and must not contain a password. */
export const makeAvailability = Effect.fnUntraced(function* (name: string): Effect.fn.Return<Availability> {
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
    // An outage that was too short to be logged does not need a line about its end either.
    if (!logged) return Effect.void
    logged = false
    return Effect.logInfo(`${name} answers again after ${seconds} s`)
  })

  const wait: Availability["wait"] = (effect) =>
    effect.pipe(
      Effect.tapError((error) => (isPermanent(error) ? Effect.void : note(error))),
      Effect.retry(untilHealed),
      Effect.tap(() => recovered)
    )

  const upkeep: Availability["upkeep"] = (what, effect) =>
    Effect.suspend(() => {
      const startedAt = clock.currentTimeMillisUnsafe()
      const logProgress = Effect.suspend(() => {
        const seconds = Math.round((clock.currentTimeMillisUnsafe() - startedAt) / 1000)
        return Effect.logInfo(`${name}: ${what} still running after ${seconds} s`)
      })
      const progress = Effect.forever(Effect.delay(logProgress, ATTEMPT_LIMIT))
      return wait(within(UPKEEP_LIMIT)(effect)).pipe(Effect.raceFirst(progress))
    })

  return { note, wait, persist: (effect) => wait(within(ATTEMPT_LIMIT)(effect)), upkeep }
})
