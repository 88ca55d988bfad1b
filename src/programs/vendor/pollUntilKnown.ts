import { Effect, Result } from "effect"

import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { isWithheld } from "../../domain/vendor/breaker.ts"
import { isForbidden } from "../../domain/vendor/failure.ts"
import type { AttemptReason, ServiceNowReason } from "../../domain/vendor/failureReasons.ts"
import { answeredLook, failedLook, type LookResult } from "../../domain/vendor/lookVerdict.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { sendsFor } from "../../domain/vendor/retryDelay.ts"
import { vendorWords } from "../../domain/vendor/vendorWords.ts"
import { forgetFailures } from "../../services/Breakers.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import type { AttemptState } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { type RetryBudget, wait } from "./retryBudget.ts"

/**
 * Polls with backoff until a lookup that started at `until` (monotonic milliseconds) or later finds nothing. It then
 * returns `undefined`, and only then may the write be made again (SPEC 4.3). Lookups that fail before `until` do not
 * count. Afterwards RETRY_ATTEMPTS failures in a row end the poll with the last reason. A breaker that holds a lookup
 * back ends it, too, and so does a 401 that the instance gives to every request. Any other refused lookup (4xx), one
 * that cannot answer, and a last one that proves nothing end it as `Indeterminate`.
 */
export const pollUntilKnown = Effect.fnUntraced(function* <A, R>(
  retryBudget: RetryBudget,
  until: number,
  look: (attemptState: AttemptState) => Effect.Effect<LookResult<A>, AttemptReason, R>
): Effect.fn.Return<A | undefined, ServiceNowReason, R> {
  const { attempts, callState } = retryBudget
  let failures = 0
  let forbidden = 0
  for (let number = 1; ; number++) {
    const startedAt = yield* monotonicMillis
    const isOver = startedAt >= until
    const outcome = yield* Effect.result(look({ number, callState }))
    if (Result.isSuccess(outcome)) {
      failures = 0
      const verdict = answeredLook(outcome.success, isOver)
      if (verdict._tag === "Known") return verdict.found
      if (verdict._tag === "Failed") return yield* verdict.reason
    } else {
      const reason = outcome.failure
      if (reason._tag === "HeldBack") return yield* reason
      if (!callState.counts) continue
      // A first 403 gets one more look, even if it was the answer to the last look. A withheld look was not made.
      const isStray = isForbidden(reason)
      if (isOver && !isStray && !isWithheld(reason)) failures += 1
      const isOutage = retryBudget.isOutage(reason)
      const verdict = failedLook(reason, { isOutage, forbidden, failures, attempts })
      if (verdict._tag === "Failed") return yield* verdict.reason
      if (isStray) {
        forbidden += 1
        forgetFailures(callState)
      }
      yield* Effect.logWarning(`look ${number} failed: ${reasonText(reason)}`).pipe(
        Effect.annotateLogs(vendorWords(reason))
      )
    }
    const now = yield* monotonicMillis
    const delay = yield* retryBudget.backOff(number, Result.isFailure(outcome) ? outcome.failure : undefined)
    yield* wait(now < until ? Math.min(delay, until - now) : delay)
  }
})

/**
 * Until when what another process sent may appear, monotonic milliseconds. It sent nothing after `validFrom` of the
 * lease, or after `intendedAt` if the lease does not say so. Its last bytes may have been sent later (`sendsFor`).
 */
export const foreignAppearsUntil = ({ serviceNow, tcpOrphanTimeout }: Settings["Service"], intendedAt: number) =>
  Effect.gen(function* () {
    const { validFrom } = yield* CurrentLease
    const sentUntil = validFrom === -Infinity ? Math.min(intendedAt, yield* monotonicMillis) : validFrom
    return sentUntil + sendsFor(serviceNow.timeout, tcpOrphanTimeout) + serviceNow.timeout
  })
