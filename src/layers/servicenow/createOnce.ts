import { Effect, Result } from "effect"

import { CurrentClaim } from "../../services/Ownership.ts"
import type { AttemptReason } from "./attempt.ts"
import { doubtOf } from "./doubt.ts"
import type { Limits, Pace } from "./retry.ts"
import { type Looked, settle } from "./settle.ts"

export interface CreateOnce<A, E> {
  readonly pace: Pace
  readonly limits: Limits
  /** Milliseconds after sending for which an insert may still be running (SERVICENOW_TIMEOUT). */
  readonly timeout: number
  /** An earlier run's insert may have begun then, epoch milliseconds; `undefined` when there was none. */
  readonly inDoubtSince?: number | undefined
  /** Before every `post` but the first of a run that is not in doubt: what an earlier intent announced may be over. */
  readonly renewIntent: Effect.Effect<void, E>
  readonly post: (number: number, onSending: (at: number) => void) => Effect.Effect<A, AttemptReason>
  /** One look for what a doubtful `post` may have created. */
  readonly look: (number: number) => Effect.Effect<Looked<A>, AttemptReason>
}

/**
 * Creates a row, and never a second one: after a doubtful attempt it is looked for, for as long as the insert may be
 * running, and created again only when there is none (SPEC 4.3). A doubt that could not be looked into ends in failure, with
 * the create's reason where there was one.
 */
export const createOnce = Effect.fnUntraced(function* <A, E>(options: CreateOnce<A, E>) {
  const { limits, look, pace, post, timeout } = options
  const looking = (until: number, reason?: AttemptReason) =>
    Effect.mapError(settle(limits, until, look), (failed) =>
      pace.failure(failed._tag === "Indeterminate" ? failed : (reason ?? failed))
    )

  if (options.inDoubtSince !== undefined) {
    // Another process, which had it until then, may have sent as late as that.
    const since = (yield* CurrentClaim).since
    const found = yield* looking(Math.max(options.inDoubtSince, since) + timeout)
    if (found !== undefined) return found
  }
  for (let announced = options.inDoubtSince === undefined; ; announced = false) {
    if (!announced) yield* options.renewIntent
    let sentAt = 0
    const outcome = yield* Effect.result(post(pace.begin(), (at) => (sentAt = at)))
    if (Result.isSuccess(outcome)) return outcome.success
    const reason = outcome.failure
    const doubt = doubtOf(reason)
    const again = yield* pace.another(reason)
    if (doubt !== "none") {
      const found = yield* looking(doubt === "running" ? sentAt + timeout : 0, reason)
      if (found !== undefined) return found
    }
    if (!again) return yield* pace.failure(reason)
  }
})
