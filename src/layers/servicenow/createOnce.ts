import { Cause, Effect, Result } from "effect"

import { epochOf, monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { isFinal, isForbidden, isRefusedForGood } from "../../domain/vendor/failure.ts"
import { Indeterminate, type Refused, type ServiceNowReason } from "../../domain/vendor/failureReasons.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { sendsFor } from "../../domain/vendor/retryDelay.ts"
import { vendorWords } from "../../domain/vendor/vendorWords.ts"
import { createAmbiguityOf, wasCreated } from "../../domain/vendor/writeAmbiguity.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import type { Settings } from "../../services/Settings.ts"
import type { AttemptReason, AttemptState } from "./attempt.ts"
import { type RetryBudget, wait } from "./retry.ts"

/** The result of one lookup of a row that may have been created. */
export type LookResult<A> =
  | { readonly _tag: "Found"; readonly found: A }
  | { readonly _tag: "None" }
  /** Nothing shows that the look sees. A later look may, within the window. `detail` is in Portuguese. */
  | { readonly _tag: "Unproven"; readonly detail: string }
  /**
   * The instance cannot answer the question. `detail` is in Portuguese. `blindField`: by this field the look did not see
   * what is there.
   */
  | { readonly _tag: "Unknowable"; readonly detail: string; readonly blindField?: string }

const unknowable = (detail: string, blindField?: string) =>
  Effect.fail(new Indeterminate({ detail, ...(blindField !== undefined && { blindField }) }))

/** True for a refusal that concerns this lookup alone. A 401 may concern everybody, which the outage decides (SPEC 4.6). */
export const isLookupRefused = (refused: Refused): boolean => isFinal(refused) && refused.status !== 401

/** Whether a refused lookup is an answer by itself. If not, it fails the look, which is repeated. */
export type IsAnswer = (refused: Refused) => boolean

/** For the looks of one operation. Their first 403 is no answer, because it may come from one node (SPEC 4.6). */
export const makeIsAnswer = (): IsAnswer => {
  let isRepeated = false
  return (refused) => {
    const isAnswer = isLookupRefused(refused) && (isRepeated || !isForbidden(refused))
    isRepeated ||= isForbidden(refused)
    return isAnswer
  }
}

/**
 * Polls with backoff until a lookup that started at `until` (monotonic milliseconds) or later finds no row. It then returns
 * `undefined`, and only then may the row be created again (SPEC 4.3). Lookups that fail before `until` do not count.
 * Afterwards RETRY_ATTEMPTS failures in a row end the poll with the last reason. A breaker that holds a lookup back
 * ends it, too, and so does a 401 that the instance gives everybody. Any other refused lookup (4xx), one that cannot
 * answer, and a last one that proves nothing end it as `Indeterminate`.
 */
export const pollUntilKnown = Effect.fnUntraced(function* <A>(
  retryBudget: RetryBudget,
  until: number,
  look: (attemptState: AttemptState) => Effect.Effect<LookResult<A>, AttemptReason>
): Effect.fn.Return<A | undefined, ServiceNowReason> {
  let failures = 0
  let forbidden = 0
  for (let number = 1; ; number++) {
    const startedAt = yield* monotonicMillis
    const outcome = yield* Effect.result(look({ number, callState: retryBudget.callState }))
    if (Result.isSuccess(outcome)) {
      failures = 0
      const result = outcome.success
      if (result._tag === "Found") return result.found
      if (result._tag === "Unknowable") return yield* unknowable(result.detail, result.blindField)
      if (result._tag === "Unproven") {
        if (startedAt >= until) return yield* unknowable(result.detail)
      } else if (startedAt >= until) return undefined
    } else {
      const reason = outcome.failure
      if (reason._tag === "HeldBack") return yield* reason
      if (!retryBudget.callState.counts) continue
      if (isFinal(reason) && retryBudget.isOutage(reason)) return yield* reason
      if (isRefusedForGood(reason, forbidden)) {
        return yield* unknowable("a busca pelo registro foi recusada; ele pode existir")
      }
      if (isForbidden(reason)) forbidden += 1
      if (startedAt >= until) failures += 1
      if (failures >= retryBudget.attempts) return yield* reason
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
 * lease, or after `intendedAt` where no lease says so. Its last bytes may have left later (`sendsFor`).
 */
export const foreignAppearsUntil = ({ serviceNow, tcpOrphanTimeout }: Settings["Service"], intendedAt: number) =>
  Effect.gen(function* () {
    const { validFrom } = yield* CurrentLease
    const sentUntil = validFrom === -Infinity ? Math.min(intendedAt, yield* monotonicMillis) : validFrom
    return sentUntil + sendsFor(serviceNow.timeout, tcpOrphanTimeout) + serviceNow.timeout
  })

const createdUnseen = "a instância confirmou a criação, mas não mostra o registro"

/** A POST without an intent was not sent. */
const ambiguityOf = (reason: AttemptReason | NotAnnounced) =>
  reason._tag === "NotAnnounced" ? "none" : createAmbiguityOf(reason)

/**
 * Milliseconds for which an intent announces a POST. A POST that waited longer, for a slot or a breaker, is announced
 * again.
 */
const announcedFor = 1000

/** The intent could not be made durable, so nothing was sent. */
export interface NotAnnounced {
  readonly _tag: "NotAnnounced"
}

export interface CreateOnce<A, E> {
  readonly retryBudget: RetryBudget
  /** Milliseconds for which an insert may be running after its last byte left (SERVICENOW_TIMEOUT). */
  readonly timeout: number
  /** Until when the row of an earlier run may appear, monotonic milliseconds. `undefined` if there was none. */
  readonly inDoubtUntil?: number | undefined
  /** When the first `post` of a run that is not in doubt was announced, monotonic milliseconds. */
  readonly announcedAt?: number
  /** Runs before a `post` that no intent has just announced. An earlier announcement may have expired. */
  readonly renewIntent: Effect.Effect<void, E>
  readonly post: (
    attemptState: AttemptState,
    onSending: Effect.Effect<void, NotAnnounced>
  ) => Effect.Effect<A, AttemptReason | NotAnnounced>
  /**
   * Called at the end of each `post`, also when the caller is interrupted, with the monotonic time until which its row
   * may appear (`-Infinity` if it is not under way), and the time now.
   */
  readonly ended: (appearsUntil: number, now: number) => void
  /** Looks once for the row that a doubtful `post` may have created. */
  readonly look: (attemptState: AttemptState) => Effect.Effect<LookResult<A>, AttemptReason>
}

/**
 * Creates a row, and never a second one. After a doubtful attempt it looks for the row as long as the insert may be
 * running, and creates it again only when there is none (SPEC 4.3). It fails if a doubt cannot be resolved, with the
 * reason of the create if there was one.
 */
export const createOnce = Effect.fnUntraced(function* <A, E>(options: CreateOnce<A, E>) {
  const { look, retryBudget, post, timeout } = options
  const pollForRow = (until: number, reason?: AttemptReason) =>
    Effect.catch(pollUntilKnown(retryBudget, until, look), (failure) => {
      const isOwn = failure._tag === "Indeterminate" || failure._tag === "HeldBack" || reason === undefined
      return Effect.flatMap(epochOf(until), (appearsUntil) =>
        Effect.fail(retryBudget.failure(isOwn ? failure : reason, appearsUntil))
      )
    })

  /** A defect hides whether the POST was sent and what became of it. An interruption comes only before it is sent. */
  const unknown = Effect.map(monotonicMillis, (now) => options.ended(now + timeout, now))

  /** Makes one POST and returns its outcome, and until when its row may appear. Its last byte left before its end. */
  const postOnce = (onSending: Effect.Effect<void, NotAnnounced>) =>
    Effect.gen(function* () {
      const outcome = yield* Effect.result(post(retryBudget.begin(), onSending)).pipe(
        Effect.onError((cause) => (Cause.hasDies(cause) ? unknown : Effect.void))
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
  for (;;) {
    let unannounced: Result.Result<void, E> = Result.void
    const onSending = Effect.gen(function* () {
      if (announcedAt === undefined || (yield* monotonicMillis) - announcedAt > announcedFor) {
        unannounced = yield* Effect.result(options.renewIntent)
        if (Result.isFailure(unannounced)) return yield* Effect.fail<NotAnnounced>({ _tag: "NotAnnounced" })
      }
      announcedAt = undefined
    })
    const { appearsUntil, outcome } = yield* postOnce(onSending)
    if (Result.isSuccess(outcome)) return outcome.success
    const reason = outcome.failure
    if (reason._tag === "NotAnnounced") return yield* Effect.andThen(Effect.fromResult(unannounced), Effect.never)
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
