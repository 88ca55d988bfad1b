import { Cause, Effect, Result } from "effect"

import { epochOf, monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { type AttemptReason, Indeterminate } from "../../domain/vendor/failureReasons.ts"
import type { LookResult } from "../../domain/vendor/lookVerdict.ts"
import { createAmbiguityOf, wasCreated } from "../../domain/vendor/writeAmbiguity.ts"
import type { AttemptState } from "../../services/ServiceNow.ts"
import { pollUntilKnown } from "../vendor/pollUntilKnown.ts"
import type { RetryBudget } from "../vendor/retryBudget.ts"

const createdUnseen = "a instância confirmou a criação, mas não mostra o registro"

/** The intent could not be made durable, because of `failure`, so nothing was sent. */
export interface NotAnnounced<E> {
  readonly _tag: "NotAnnounced"
  readonly failure: E
}

/** A POST without an intent was not sent. */
const ambiguityOf = (reason: AttemptReason | NotAnnounced<unknown>) =>
  reason._tag === "NotAnnounced" ? "none" : createAmbiguityOf(reason)

/**
 * Milliseconds for which an intent announces a POST. A POST that waited longer, for a slot or a breaker, is announced
 * again.
 */
const announcedFor = 1000

export interface CreateOnce<A, E, R> {
  readonly retryBudget: RetryBudget
  /** Milliseconds for which an insert may be running after its last byte was sent (SERVICENOW_TIMEOUT). */
  readonly timeout: number
  /** Until when the row of an earlier run may appear, monotonic milliseconds. `undefined` if there was none. */
  readonly inDoubtUntil?: number | undefined
  /** When the first `post` of a run that is not in doubt was announced, monotonic milliseconds. */
  readonly announcedAt?: number
  /** Announces a `post` that no intent has just announced. An earlier announcement may have expired. */
  readonly renewIntent: Effect.Effect<void, E, R>
  /** Makes one POST. It runs `announce` in its slot, and sends nothing if that fails. */
  readonly post: (
    attemptState: AttemptState,
    announce: Effect.Effect<void, NotAnnounced<E>, R>
  ) => Effect.Effect<A, AttemptReason | NotAnnounced<E>, R>
  /**
   * Called at the end of each `post`, even if the caller is interrupted. `appearsUntil` is the monotonic time until
   * which its row may appear, `-Infinity` if it is not under way. `now` is the current one.
   */
  readonly ended: (appearsUntil: number, now: number) => void
  /** Looks once for the row that a doubtful `post` may have created. */
  readonly look: (attemptState: AttemptState) => Effect.Effect<LookResult<A>, AttemptReason, R>
}

/**
 * Creates a row, and never a second one. After a doubtful attempt it looks for the row as long as the insert may be
 * running, and creates it again only when there is none (SPEC 4.3). It fails if a doubt cannot be resolved, with the
 * reason of the create if there was one.
 */
export const createOnce = Effect.fnUntraced(function* <A, E, R>(options: CreateOnce<A, E, R>) {
  const { look, retryBudget, post, timeout } = options
  const pollForRow = (until: number, reason?: AttemptReason) =>
    Effect.catch(pollUntilKnown(retryBudget, until, look), (failure) => {
      const isOwn = failure._tag === "Indeterminate" || failure._tag === "HeldBack" || reason === undefined
      return Effect.flatMap(epochOf(until), (appearsUntil) =>
        Effect.fail(retryBudget.failure(isOwn ? failure : reason, appearsUntil))
      )
    })

  const unknown = Effect.map(monotonicMillis, (now) => options.ended(now + timeout, now))

  /**
   * Makes one POST and returns its outcome, and until when its row may appear. Its last byte was sent before it ended,
   * so that time counts from its end.
   */
  const postOnce = (announce: Effect.Effect<void, NotAnnounced<E>, R>) =>
    Effect.gen(function* () {
      let isAnnounced = false
      const announced = Effect.tap(announce, () => Effect.sync(() => void (isAnnounced = true)))
      // A defect hides whether the POST was sent. An interruption after the announcement hides what became of it.
      const outcome = yield* Effect.result(post(retryBudget.begin(), announced)).pipe(
        Effect.onError((cause) => (isAnnounced || Cause.hasDies(cause) ? unknown : Effect.void))
      )
      const isRunning = Result.isFailure(outcome) && ambiguityOf(outcome.failure) === "running"
      const now = yield* monotonicMillis
      const appearsUntil = isRunning ? now + timeout : -Infinity
      options.ended(appearsUntil, now)
      return { outcome, appearsUntil }
    }).pipe(Effect.uninterruptible)

  if (options.inDoubtUntil !== undefined) {
    const found = yield* pollForRow(options.inDoubtUntil)
    if (found !== undefined) return found
  }
  let announcedAt = options.inDoubtUntil === undefined ? options.announcedAt : undefined
  const announce = Effect.gen(function* () {
    if (announcedAt === undefined || (yield* monotonicMillis) - announcedAt > announcedFor) {
      yield* Effect.mapError(options.renewIntent, (failure) => ({ _tag: "NotAnnounced" as const, failure }))
    }
    announcedAt = undefined
  })
  for (;;) {
    const { appearsUntil, outcome } = yield* postOnce(announce)
    if (Result.isSuccess(outcome)) return outcome.success
    const reason = outcome.failure
    if (reason._tag === "NotAnnounced") return yield* Effect.fail(reason.failure)
    const ambiguity = ambiguityOf(reason)
    const mayRetry = yield* retryBudget.mayRetry(reason)
    if (ambiguity !== "none") {
      const found = yield* pollForRow(appearsUntil, reason)
      if (found !== undefined) return found
      if (wasCreated(reason)) return yield* retryBudget.failure(new Indeterminate({ detail: createdUnseen }))
    }
    if (!mayRetry) return yield* retryBudget.failure(reason)
  }
})
