import { Effect, Random, Result } from "effect"

import { serviceNowOutcome } from "../../domain/vendor/breaker.ts"
import { isFinal } from "../../domain/vendor/failure.ts"
import type { ServiceNowReason } from "../../domain/vendor/failureReasons.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { retryDelay } from "../../domain/vendor/retryDelay.ts"
import { makeWaitBudget, type WaitBudget } from "../../services/Breakers.ts"
import { ServiceNowError } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import type { AttemptReason, AttemptState } from "./attempt.ts"

type Limits = Pick<Settings["Service"], "retry" | "breaker">

/** Waiting can be interrupted even where an attempt cannot: nothing is under way (SPEC 9.4). */
export const wait = (millis: number) => Effect.interruptible(Effect.sleep(millis))

/** The attempts of one operation: how many there were, and whether and when another may follow. */
export interface RetryBudget {
  readonly waitBudget: WaitBudget
  /** Counts an attempt that begins. */
  begin(): AttemptState
  /** The attempt that began was not sent: it is none. */
  unsent(): void
  /** Waits until another attempt may be made: true; false at once when there may be none (SPEC 4.6). */
  mayRetry(reason: AttemptReason): Effect.Effect<boolean>
  /** Whether the latest attempt, which failed, counts: not if it was a probe, or was asked to come back later (SPEC 9.2, 4.6). */
  counts(reason: AttemptReason): boolean
  /** Milliseconds: exponential, jittered, never slower than RETRY_MAX_DELAY; a 429 may ask for more. */
  backOff(attempt: number, reason?: AttemptReason): Effect.Effect<number>
  /** RETRY_ATTEMPTS. */
  readonly attempts: number
  failure(reason: ServiceNowReason): ServiceNowError
}

/** RETRY_ATTEMPTS in all, those that do not count beside; waits at the breaker within BREAKER_MAX_WAIT. */
export const makeRetryBudget = (operation: string, { breaker, retry }: Limits): RetryBudget => {
  const waitBudget = makeWaitBudget()
  let made = 0
  let excused = 0
  const outcomeOf = (reason: AttemptReason) =>
    reason._tag === "HeldBack" ? undefined : serviceNowOutcome(reason, retry.maxDelay)._tag
  const counts = (reason: AttemptReason) => {
    const outcome = outcomeOf(reason)
    return outcome !== "Busy" && !(waitBudget.probe && outcome === "Failed")
  }
  const backOff = (attempt: number, reason?: AttemptReason) =>
    Effect.map(Random.next, (jitter) => {
      const asked = reason?._tag === "Refused" && reason.status === 429 ? (reason.retryAfter ?? 0) : 0
      return retryDelay(retry, attempt, jitter, Math.min(asked, breaker.maxWait))
    })
  return {
    waitBudget,
    attempts: retry.attempts,
    counts,
    backOff,
    begin: () => ({ number: (made += 1), waitBudget }),
    unsent: () => void (made -= 1),
    failure: (reason) =>
      new ServiceNowError({
        operation,
        reason,
        attempts: reason._tag === "HeldBack" ? made : Math.max(1, made)
      }),
    mayRetry: (reason) =>
      Effect.gen(function* () {
        if (reason._tag === "HeldBack") {
          made -= 1
          return false
        }
        if (!counts(reason)) {
          // The breaker is open: it says when.
          excused += 1
          yield* Effect.logWarning(
            `${operation}: attempt ${made}: ${reasonText(reason)}, again when its breaker lets it`
          )
          return true
        }
        if (isFinal(reason) || made - excused >= retry.attempts) return false
        const delay = yield* backOff(made - excused, reason)
        yield* Effect.logWarning(`${operation}: attempt ${made}: ${reasonText(reason)}, again in ${delay} ms`)
        yield* wait(delay)
        return true
      })
  }
}

/** Attempts until one succeeds, for calls that may be repeated without looking. */
export const retrying = Effect.fnUntraced(function* <A>(
  retryBudget: RetryBudget,
  attempt: (turn: AttemptState) => Effect.Effect<A, AttemptReason>
) {
  for (;;) {
    const outcome = yield* Effect.result(attempt(retryBudget.begin()))
    if (Result.isSuccess(outcome)) return outcome.success
    if (!(yield* retryBudget.mayRetry(outcome.failure))) return yield* retryBudget.failure(outcome.failure)
  }
})
