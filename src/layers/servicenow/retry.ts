import { Effect, Random, Result } from "effect"

import { isFinal } from "../../domain/failure.ts"
import { reasonText } from "../../domain/reasonText.ts"
import { retryDelay } from "../../domain/retryDelay.ts"
import { ServiceNowError, type ServiceNowReason } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import type { AttemptReason } from "./attempt.ts"

export type Limits = Pick<Settings["Service"], "retry" | "breaker">

/** Milliseconds that a 429 asked to wait, 0 where it did not (SPEC 4.6). */
const askedWait = (reason: AttemptReason): number =>
  reason._tag === "Refused" && reason.status === 429 ? (reason.retryAfter ?? 0) : 0

/** Exponential, jittered, never slower than RETRY_MAX_DELAY, unless a 429 asks for more (at most BREAKER_MAX_WAIT). */
export const backOff = ({ breaker, retry }: Limits, attempt: number, reason?: AttemptReason) =>
  Effect.map(Random.next, (jitter) =>
    retryDelay(retry, attempt, jitter, reason === undefined ? 0 : Math.min(askedWait(reason), breaker.maxWait))
  )

/** Waiting can be interrupted even where an attempt cannot: nothing is under way (SPEC 9.4). */
export const wait = (millis: number) => Effect.interruptible(Effect.sleep(millis))

/** The attempts of one operation: how many there were, and whether and when another may follow. */
export interface Pace {
  /** Counts an attempt that begins; its number, from 1. */
  begin(): number
  /** Waits until another attempt may be made: true; false at once when there may be none (SPEC 4.6). */
  another(reason: AttemptReason): Effect.Effect<boolean>
  failure(reason: ServiceNowReason): ServiceNowError
}

/**
 * RETRY_ATTEMPTS in all. A 429 whose `Retry-After` exceeds RETRY_MAX_DELAY is waited for and is no attempt, as long as
 * these waits stay within BREAKER_MAX_WAIT together.
 */
export const makePace = (operation: string, limits: Limits): Pace => {
  let made = 0
  let excused = 0
  let waited = 0
  const longWait = (reason: AttemptReason) => {
    const asked = askedWait(reason)
    return asked > limits.retry.maxDelay ? asked : undefined
  }
  return {
    begin: () => (made += 1),
    failure: (reason) => new ServiceNowError({ operation, reason, attempts: Math.max(1, made) }),
    another: Effect.fnUntraced(function* (reason) {
      if (isFinal(reason)) return false
      const long = longWait(reason)
      if (long === undefined ? made - excused >= limits.retry.attempts : waited + long > limits.breaker.maxWait)
        return false
      const delay = long ?? (yield* backOff(limits, made - excused, reason))
      if (long !== undefined) {
        excused += 1
        waited += long
      }
      yield* Effect.logWarning(`${operation}: attempt ${made}: ${reasonText(reason)}, again in ${delay} ms`)
      yield* wait(delay)
      return true
    })
  }
}

/** Attempts until one succeeds, for calls that may be repeated without looking; `attempt` gets its number. */
export const retrying = Effect.fnUntraced(function* <A>(
  pace: Pace,
  attempt: (number: number) => Effect.Effect<A, AttemptReason>
) {
  for (;;) {
    const outcome = yield* Effect.result(attempt(pace.begin()))
    if (Result.isSuccess(outcome)) return outcome.success
    if (!(yield* pace.another(outcome.failure))) return yield* pace.failure(outcome.failure)
  }
})
