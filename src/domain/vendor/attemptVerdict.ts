import { isWithheld } from "./breaker.ts"
import { isFinal, isForbidden, isRefusedForGood } from "./failure.ts"
import type { AttemptReason } from "./failureReasons.ts"

/** What an operation knows of its attempts when one of them has failed. */
export interface FailedAttempt {
  /** False if a shut way explains the failure (SPEC 9.2, 4.6). */
  readonly counts: boolean
  /** The instance is unavailable, and has answered no request since the first failed attempt (SPEC 9.2, 4.6). */
  readonly isOutage: boolean
  /** Attempts so far that count, this one included. */
  readonly made: number
  /** RETRY_ATTEMPTS. */
  readonly attempts: number
  /** How many attempts got a 403 before. */
  readonly forbidden: number
  /** No attempt follows the first one, whatever its outcome. */
  readonly isOnce: boolean
}

/**
 * Whether another attempt of an operation on ServiceNow may follow (SPEC 4.6, 9.2). `held`: this one was not made,
 * because a breaker held it back, and none follows. `excused`: it does not count, and the breaker decides when the next
 * one follows. `withheld`: it does not count either, and the next one follows after a delay. `retry`: after a delay.
 * `stray`: the same, after a first 403, even if an outage has used up the attempts. `last`: none follows.
 */
export const attemptVerdict = (
  reason: AttemptReason,
  { attempts, counts, forbidden, isOnce, isOutage, made }: FailedAttempt
): "held" | "excused" | "withheld" | "retry" | "stray" | "last" => {
  if (reason._tag === "HeldBack") return "held"
  if (!counts) return "excused"
  if (isWithheld(reason) && !isOnce) return "withheld"
  // While every request gets a 401, no attempt follows before one is answered.
  if (isFinal(reason) && isOutage) return "last"
  if (isRefusedForGood(reason, forbidden)) return "last"
  if (isForbidden(reason) && !isOnce) return "stray"
  return made >= attempts ? "last" : "retry"
}
