import { Clock, Effect, Result } from "effect"

import { isFinal } from "../../domain/failure.ts"
import { reasonText } from "../../domain/reasonText.ts"
import { Indeterminate, type ServiceNowReason } from "../../services/ServiceNow.ts"
import type { AttemptReason, Turn } from "./attempt.ts"
import { type Pace, wait } from "./retry.ts"

/** What one look for a row that may have been created brought. */
export type Looked<A> =
  | { readonly _tag: "Found"; readonly found: A }
  | { readonly _tag: "None" }
  /** The instance cannot say: `detail` in Portuguese. */
  | { readonly _tag: "Unknowable"; readonly detail: string }

const unknowable = (detail: string) => Effect.fail(new Indeterminate({ detail }))

/**
 * Looks with backoff until a look that began at `until` (epoch milliseconds) or later finds none: `undefined`, and only
 * then may the row be created again (SPEC 4.3). Looks that fail before `until` do not count; afterwards RETRY_ATTEMPTS in a
 * row end it with the last one's reason, and so does a breaker that holds them back for too long. A refused look (4xx) or one that cannot tell ends it as `Indeterminate`.
 */
export const settle = Effect.fnUntraced(function* <A>(
  pace: Pace,
  until: number,
  look: (turn: Turn) => Effect.Effect<Looked<A>, AttemptReason>
): Effect.fn.Return<A | undefined, ServiceNowReason> {
  let failures = 0
  for (let number = 1; ; number++) {
    const began = yield* Clock.currentTimeMillis
    const outcome = yield* Effect.result(look({ number, patience: pace.patience }))
    if (Result.isSuccess(outcome)) {
      failures = 0
      const looked = outcome.success
      if (looked._tag === "Found") return looked.found
      if (looked._tag === "Unknowable") return yield* unknowable(looked.detail)
      if (began >= until) return undefined
    } else {
      const reason = outcome.failure
      if (reason._tag === "HeldBack") return yield* reason
      if (!pace.counts(reason)) continue
      if (isFinal(reason)) return yield* unknowable("a busca pelo registro foi recusada; ele pode existir")
      if (began >= until) failures += 1
      if (failures >= pace.attempts) return yield* reason
      yield* Effect.logWarning(`look ${number} failed: ${reasonText(reason)}`)
    }
    const now = yield* Clock.currentTimeMillis
    const delay = yield* pace.backOff(number, Result.isFailure(outcome) ? outcome.failure : undefined)
    yield* wait(now < until ? Math.min(delay, until - now) : delay)
  }
})
