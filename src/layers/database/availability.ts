import { Clock, Duration, Effect, Schedule } from "effect"
import { SqlError, ConnectionError } from "effect/sql/SqlError"

import { abandonOnInterrupt } from "./abandonOnInterrupt.ts"

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined

/** Postgres' SQLSTATE, where the server itself answered with an error. */
const sqlState = (error: SqlError): string | undefined => {
  const code = property(error.reason.cause, "code")
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Classes that speak of the values sent, never of the server: 22 data, 23 constraint, 54 limits. */
const ofTheData = /^(22|23|54)/

/**
 * True when the same statement can never succeed: the server refuses its values, or they cannot be encoded. All else
 * (connection, starting up, too many connections, deadlock, disk full, missing rights …) heals, if need be by an operator.
 */
export const isPermanent = (error: SqlError): boolean => {
  const state = sqlState(error)
  if (state !== undefined) return ofTheData.test(state)
  return !error.isRetryable
}

/** One line for the log: never values of a statement. */
export const describeSqlError = (error: SqlError): string => {
  const state = sqlState(error)
  const text = property(error.reason.cause, "message")
  // Of the data's errors the server's text quotes the data.
  const detail = isPermanent(error) || typeof text !== "string" || text === "" ? error.reason._tag : text
  return state === undefined ? detail : `${state} ${detail}`
}

const LOG_EVERY = 10_000
const ATTEMPT_LIMIT = Duration.seconds(30)
/** An index on a large table takes minutes; given up and begun anew it would never be done. */
export const UPKEEP_LIMIT = Duration.hours(6)
/**
 * A connection without a byte for this long is destroyed. It exceeds `ATTEMPT_LIMIT` by the 5 s in which the driver cancels a statement
 * that timed out. The next attempt does not wait for that: every statement is safe to run beside its own retry.
 */
export const SILENCE_LIMIT = Duration.sum(ATTEMPT_LIMIT, Duration.seconds(10))

/** Fast at first, never slower than 2 s, for ever, while waiting can heal it. */
const untilHealed = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")]).pipe(
  Schedule.jittered,
  Schedule.setInputType<SqlError>(),
  Schedule.while(({ input }) => !isPermanent(input))
)

/** A connection that swallows a statement must not hold its caller for ever, nor may the statement's interruption. */
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
  /** Repeats `effect` until the database lets it succeed; fails only when its own values are at fault. */
  readonly wait: <A, R>(effect: Effect.Effect<A, SqlError, R>) => Effect.Effect<A, SqlError, R>
  /** `wait` with 30 s for each attempt; `effect` must be safe to repeat. */
  readonly persist: <A, R>(effect: Effect.Effect<A, SqlError, R>) => Effect.Effect<A, SqlError, R>
  /** `persist` for what reads or writes whole tables at the start: it may take hours, and says so every 30 s. */
  readonly upkeep: <A, R>(what: string, effect: Effect.Effect<A, SqlError, R>) => Effect.Effect<A, SqlError, R>
  /** Logs a failure, at most one line in 10 s for all callers together. */
  readonly note: (error: SqlError) => Effect.Effect<void>
}

/** Watches one database for all its callers; `name` begins each line and must hold no password. */
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
    // Short troubles follow one another: those that were not worth a line are not worth two.
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
      const began = clock.currentTimeMillisUnsafe()
      const told = Effect.suspend(() => {
        const seconds = Math.round((clock.currentTimeMillisUnsafe() - began) / 1000)
        return Effect.logInfo(`${name}: ${what} goes on since ${seconds} s`)
      })
      const telling = Effect.forever(Effect.delay(told, ATTEMPT_LIMIT))
      return wait(within(UPKEEP_LIMIT)(effect)).pipe(Effect.raceFirst(telling))
    })

  return { note, wait, persist: (effect) => wait(within(ATTEMPT_LIMIT)(effect)), upkeep }
})
