import { Effect, Random, Result } from "effect"

import { attemptVerdict } from "../../domain/vendor/attemptVerdict.ts"
import { serviceNowOutcome } from "../../domain/vendor/breaker.ts"
import { requestedDelay } from "../../domain/vendor/failure.ts"
import {
  type AttemptReason,
  HeldBack,
  isOutageReason,
  type ServiceNowReason
} from "../../domain/vendor/failureReasons.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { retryDelay } from "../../domain/vendor/retryDelay.ts"
import { vendorWords } from "../../domain/vendor/vendorWords.ts"
import { type CallState, forgetFailures, makeCallState } from "../../services/Breakers.ts"
import type { AttemptState } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { ServiceNowError } from "./ServiceNowError.ts"

interface Limits extends Pick<Settings["Service"], "retry" | "breaker"> {
  /** No attempt follows the first one, whatever its outcome. */
  readonly isOnce?: true
}

/** The limits of a call that its caller can do without. */
export const onceOnly = <Settings extends Limits>(settings: Settings) => ({
  ...settings,
  retry: { ...settings.retry, attempts: 1 },
  isOnce: true as const
})

/** A sleep that can be interrupted even where an attempt cannot, because no request is under way (SPEC 9.4). */
export const wait = (millis: number) => Effect.interruptible(Effect.sleep(millis))

/** The attempts of one operation: how many were made, and whether and when the next may follow. */
export interface RetryBudget {
  readonly callState: CallState
  /** Counts and begins an attempt. */
  begin(): AttemptState
  /** Uncounts the attempt that began, because it had waited too long to be sent. The next one goes first. */
  overdue(): void
  /** Waits until the next attempt may be made and returns true. Returns false at once if none may follow (SPEC 4.6). */
  mayRetry(reason: AttemptReason): Effect.Effect<boolean>
  /**
   * Milliseconds until the next attempt: exponential, jittered, at most RETRY_MAX_DELAY. A refusal may request more.
   */
  backOff(attempt: number, reason?: AttemptReason): Effect.Effect<number>
  /**
   * Whether the instance is unavailable, and has answered no request since the first failed attempt (SPEC 9.2, 4.6).
   */
  isOutage(reason: AttemptReason): boolean
  /** RETRY_ATTEMPTS. */
  readonly attempts: number
  /**
   * Ends the operation. It is held back, not failed, if the instance was unavailable and has answered no request since
   * the first failed attempt (SPEC 9.2). A request of it may still take effect until `appearsUntil`, epoch
   * milliseconds.
   */
  failure(reason: ServiceNowReason, appearsUntil?: number): ServiceNowError
}

const doubtOf = (reason: ServiceNowReason, appearsUntil: number | undefined) =>
  reason._tag === "Indeterminate" || appearsUntil !== undefined ? { doubtful: true as const } : {}

/**
 * Allows RETRY_ATTEMPTS that count. Attempts that do not count come on top. `subject` distinguishes the operation from
 * others of its kind.
 */
export const makeRetryBudget = (
  operation: string,
  { breaker, isOnce, retry }: Limits,
  subject?: string
): RetryBudget => {
  const callState = makeCallState(subject && `${operation} ${subject}`)
  let made = 0
  let uncounted = 0
  let forbidden = 0
  const backOff = (attempt: number, reason?: AttemptReason) =>
    Effect.map(Random.next, (jitter) => {
      const requested = reason?._tag === "Refused" ? requestedDelay(reason) : 0
      return retryDelay(retry, attempt, jitter, Math.min(requested, breaker.retryAfterMax))
    })
  /** Why the operation is held back. `undefined` if it has failed. */
  const outageOf = (reason: ServiceNowReason) => {
    if (reason._tag === "HeldBack") return reason.reason
    const isUnavailable = isOutageReason(reason) && serviceNowOutcome(reason)._tag === "Failed"
    return isUnavailable && !callState.answered ? reason : undefined
  }
  return {
    callState,
    attempts: retry.attempts,
    backOff,
    begin: () => ({ number: (made += 1), callState }),
    isOutage: (reason) => outageOf(reason) !== undefined,
    overdue: () => {
      made -= 1
      callState.isOverdue = true
    },
    failure: (reason, appearsUntil) => {
      const outage = outageOf(reason)
      if (outage !== undefined) {
        const held = new HeldBack({
          reason: outage,
          ...(reason._tag !== "HeldBack" && { called: true as const }),
          ...(appearsUntil !== undefined && { appearsUntil })
        })
        // A failed probe does not count as an attempt (SPEC 9.2).
        return new ServiceNowError({
          operation,
          reason: held,
          attempts: made - uncounted,
          ...doubtOf(reason, appearsUntil)
        })
      }
      // The next calls of the operation have nothing to do with this failure.
      forgetFailures(callState)
      return new ServiceNowError({ operation, reason, attempts: Math.max(1, made), ...doubtOf(reason, appearsUntil) })
    },
    mayRetry: (reason) =>
      Effect.gen(function* () {
        callState.isOverdue = false
        const verdict = attemptVerdict(reason, {
          counts: callState.counts,
          isOutage: outageOf(reason) !== undefined,
          made: made - uncounted,
          attempts: retry.attempts,
          forbidden,
          isOnce: isOnce === true
        })
        if (verdict === "last") return false
        if (verdict === "held") {
          made -= 1
          return false
        }
        if (verdict === "excused") {
          uncounted += 1
          yield* Effect.logWarning(
            `${operation}: attempt ${made}: ${reasonText(reason)}, again when its breaker lets it`
          ).pipe(Effect.annotateLogs(vendorWords(reason)))
          return true
        }
        if (verdict === "stray") {
          forbidden += 1
          forgetFailures(callState)
        }
        if (verdict === "withheld") uncounted += 1
        const delay = yield* backOff(Math.max(1, made - uncounted), reason)
        yield* Effect.logWarning(`${operation}: attempt ${made}: ${reasonText(reason)}, again in ${delay} ms`).pipe(
          Effect.annotateLogs(vendorWords(reason))
        )
        yield* wait(delay)
        return true
      })
  }
}

/** Repeats an attempt until it succeeds, for calls that may be repeated without a lookup. */
export const retrying = Effect.fnUntraced(function* <A, R>(
  retryBudget: RetryBudget,
  attempt: (attemptState: AttemptState) => Effect.Effect<A, AttemptReason, R>
) {
  for (;;) {
    const outcome = yield* Effect.result(attempt(retryBudget.begin()))
    if (Result.isSuccess(outcome)) return outcome.success
    if (!(yield* retryBudget.mayRetry(outcome.failure))) return yield* retryBudget.failure(outcome.failure)
  }
})
