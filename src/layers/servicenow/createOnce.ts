import { Clock, Effect, Result } from "effect"

import { isFinal } from "../../domain/vendor/failure.ts"
import { Indeterminate, type ServiceNowReason } from "../../domain/vendor/failureReasons.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import type { AttemptReason, AttemptState } from "./attempt.ts"
import { type RetryBudget, wait } from "./retry.ts"

/** What one look for a row that may have been created brought. */
export type LookResult<A> =
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
export const pollUntilKnown = Effect.fnUntraced(function* <A>(
  retryBudget: RetryBudget,
  until: number,
  look: (turn: AttemptState) => Effect.Effect<LookResult<A>, AttemptReason>
): Effect.fn.Return<A | undefined, ServiceNowReason> {
  let failures = 0
  for (let number = 1; ; number++) {
    const began = yield* Clock.currentTimeMillis
    const outcome = yield* Effect.result(look({ number, waitBudget: retryBudget.waitBudget }))
    if (Result.isSuccess(outcome)) {
      failures = 0
      const looked = outcome.success
      if (looked._tag === "Found") return looked.found
      if (looked._tag === "Unknowable") return yield* unknowable(looked.detail)
      if (began >= until) return undefined
    } else {
      const reason = outcome.failure
      if (reason._tag === "HeldBack") return yield* reason
      if (!retryBudget.counts(reason)) continue
      if (isFinal(reason)) return yield* unknowable("a busca pelo registro foi recusada; ele pode existir")
      if (began >= until) failures += 1
      if (failures >= retryBudget.attempts) return yield* reason
      yield* Effect.logWarning(`look ${number} failed: ${reasonText(reason)}`)
    }
    const now = yield* Clock.currentTimeMillis
    const delay = yield* retryBudget.backOff(number, Result.isFailure(outcome) ? outcome.failure : undefined)
    yield* wait(now < until ? Math.min(delay, until - now) : delay)
  }
})

/** What one failed write leaves behind (SPEC 4.3). */
export type WriteAmbiguity =
  /** Surely not carried out. */
  | "none"
  /** Carried out or not, but over: one look tells. */
  | "ended"
  /** Perhaps still running: only looking for SERVICENOW_TIMEOUT tells. */
  | "running"

/**
 * SPEC 4.3. A time-out, a lost connection, 202, 502 and 504 come from in front of the instance while the insert may go
 * on behind; 500, 503 and an unreadable answer come from the instance itself, when it is done. Other 5xx are some
 * proxy's own, so they count as running.
 */
export const writeAmbiguityOf = (reason: AttemptReason): WriteAmbiguity => {
  switch (reason._tag) {
    case "NotConnected":
    case "TokenUnavailable":
    case "HeldBack":
      return "none"
    case "Timeout":
    case "ConnectionLost":
      return "running"
    case "Unreadable":
      return reason.status === 202 ? "running" : "ended"
    case "Refused":
      if (reason.status >= 400 && reason.status < 500) return "none"
      return reason.status < 400 || reason.status === 500 || reason.status === 503 ? "ended" : "running"
  }
}

/** Milliseconds for which an intent announces a POST: one that had to wait longer, for a slot or a breaker, is announced anew. */
const announcedFor = 1000

/** The intent could not be made durable: nothing was sent. */
export interface NotAnnounced {
  readonly _tag: "NotAnnounced"
}

export interface CreateOnce<A, E> {
  readonly retryBudget: RetryBudget
  /** Milliseconds after sending for which an insert may still be running (SERVICENOW_TIMEOUT). */
  readonly timeout: number
  /** An earlier run's insert may have begun then, epoch milliseconds; `undefined` when there was none. */
  readonly inDoubtSince?: number | undefined
  /** When the first `post` of a run that is not in doubt was announced, epoch milliseconds. */
  readonly announcedAt?: number
  /** Before a `post` is sent that no intent has just announced: what an earlier one announced may be over. */
  readonly renewIntent: Effect.Effect<void, E>
  readonly post: (
    turn: AttemptState,
    onSending: Effect.Effect<void, NotAnnounced>
  ) => Effect.Effect<A, AttemptReason | NotAnnounced>
  /** One look for what a doubtful `post` may have created. */
  readonly look: (turn: AttemptState) => Effect.Effect<LookResult<A>, AttemptReason>
}

/**
 * Creates a row, and never a second one: after a doubtful attempt it is looked for, for as long as the insert may be
 * running, and created again only when there is none (SPEC 4.3). A doubt that could not be looked into ends in failure, with
 * the create's reason where there was one.
 */
export const createOnce = Effect.fnUntraced(function* <A, E>(options: CreateOnce<A, E>) {
  const { look, retryBudget, post, timeout } = options
  const looking = (until: number, reason?: AttemptReason) =>
    Effect.mapError(pollUntilKnown(retryBudget, until, look), (failed) =>
      retryBudget.failure(failed._tag === "Indeterminate" ? failed : (reason ?? failed))
    )

  if (options.inDoubtSince !== undefined) {
    // Another process, which had it until then, may have sent as late as that.
    const since = (yield* CurrentLease).validFrom
    const found = yield* looking(Math.max(options.inDoubtSince, since) + timeout)
    if (found !== undefined) return found
  }
  let announcedAt = options.inDoubtSince === undefined ? options.announcedAt : undefined
  for (;;) {
    let sentAt = 0
    let unannounced: Result.Result<void, E> = Result.void
    const onSending = Effect.gen(function* () {
      if (announcedAt === undefined || (yield* Clock.currentTimeMillis) - announcedAt > announcedFor) {
        unannounced = yield* Effect.result(options.renewIntent)
        if (Result.isFailure(unannounced)) return yield* Effect.fail<NotAnnounced>({ _tag: "NotAnnounced" })
      }
      announcedAt = undefined
      sentAt = yield* Clock.currentTimeMillis
    })
    const outcome = yield* Effect.result(post(retryBudget.begin(), onSending))
    if (Result.isSuccess(outcome)) return outcome.success
    const reason = outcome.failure
    if (reason._tag === "NotAnnounced") return yield* Effect.andThen(Effect.fromResult(unannounced), Effect.never)
    const doubt = writeAmbiguityOf(reason)
    const again = yield* retryBudget.mayRetry(reason)
    if (doubt !== "none") {
      const found = yield* looking(doubt === "running" ? sentAt + timeout : 0, reason)
      if (found !== undefined) return found
    }
    if (!again) return yield* retryBudget.failure(reason)
  }
})
