import { Schema } from "effect"

import { isDuplicate } from "../../domain/vendor/failure.ts"
import { ServiceNowReason } from "../../domain/vendor/failureReasons.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"

/**
 * Why one operation on ServiceNow failed for good, after its retries. `domain/vendor/failure.ts` has its status and
 * `codigo`.
 */
export class ServiceNowError extends Schema.TaggedError<ServiceNowError>()("ServiceNowError", {
  operation: Schema.String,
  reason: ServiceNowReason,
  /** Attempts made. 0 if a breaker held the first one back. */
  attempts: Schema.Int,
  /** What was sent may have been carried out. */
  doubtful: Schema.optionalKey(Schema.Literal(true))
}) {
  override get message() {
    return `${this.operation}: ${reasonText(this.reason)} after ${this.attempts} attempt${this.attempts === 1 ? "" : "s"}`
  }
}

/** True for a create that the instance refused because a row with the same unique value exists. */
export const isDuplicateError = (failure: unknown): failure is ServiceNowError =>
  failure instanceof ServiceNowError && isDuplicate(failure.reason)
