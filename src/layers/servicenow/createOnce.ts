import { Clock, Effect, Result } from "effect"

import { isFinal } from "../../domain/vendor/failure.ts"
import { HeldBack, Indeterminate, type ServiceNowReason } from "../../domain/vendor/failureReasons.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import type { AttemptReason, AttemptState } from "./attempt.ts"
import { type RetryBudget, wait } from "./retry.ts"

/** The result of one lookup of a row that may have been created. */
export type LookResult<A> =
  | { readonly _tag: "Found"; readonly found: A }
  | { readonly _tag: "None" }
  /** The instance cannot answer the question. `detail` is in Portuguese. */
  | { readonly _tag: "Unknowable"; readonly detail: string }

const unknowable = (detail: string) => Effect.fail(new Indeterminate({ detail }))

/**
 * Polls with backoff until a lookup that started at `until` (epoch milliseconds) or later finds no row. It then returns
 * `undefined`, and only then may the row be created again (SPEC 4.3). Lookups that fail before `until` do not count.
 * Afterwards RETRY_ATTEMPTS failures in a row end the poll with the last reason. A breaker that holds a lookup back
 * ends it, too. A refused lookup (4xx) or one that cannot answer ends it as `Indeterminate`.
 */
export const pollUntilKnown = Effect.fnUntraced(function* <A>(
  retryBudget: RetryBudget,
  until: number,
  look: (attemptState: AttemptState) => Effect.Effect<LookResult<A>, AttemptReason>
): Effect.fn.Return<A | undefined, ServiceNowReason> {
  let failures = 0
  for (let number = 1; ; number++) {
    const startedAt = yield* Clock.currentTimeMillis
    const outcome = yield* Effect.result(look({ number, callState: retryBudget.callState }))
    if (Result.isSuccess(outcome)) {
      failures = 0
      const result = outcome.success
      if (result._tag === "Found") return result.found
      if (result._tag === "Unknowable") return yield* unknowable(result.detail)
      if (startedAt >= until) return undefined
    } else {
      const reason = outcome.failure
      if (reason._tag === "HeldBack") return yield* reason
      if (!retryBudget.callState.counts) continue
      if (isFinal(reason)) return yield* unknowable("a busca pelo registro foi recusada; ele pode existir")
      if (startedAt >= until) failures += 1
      if (failures >= retryBudget.attempts) return yield* reason
      yield* Effect.logWarning(`look ${number} failed: ${reasonText(reason)}`)
    }
    const now = yield* Clock.currentTimeMillis
    const delay = yield* retryBudget.backOff(number, Result.isFailure(outcome) ? outcome.failure : undefined)
    yield* wait(now < until ? Math.min(delay, until - now) : delay)
  }
})

/** What is known about a write after it failed (SPEC 4.3). */
export type WriteAmbiguity =
  /** Certainly not carried out. */
  | "none"
  /** Carried out or not, but ended. One lookup decides. */
  | "ended"
  /** Possibly still running. Only polling for SERVICENOW_TIMEOUT decides. */
  | "running"

/**
 * Classifies a failed write (SPEC 4.3). A time-out, a lost connection, 202, 502 and 504 come from in front of the
 * instance, while the insert may still run behind it. 500, 503 and an unreadable answer come from the instance itself,
 * once it is done. Other 5xx come from some proxy, so they count as running.
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
  /** Milliseconds after sending for which an insert may still be running (SERVICENOW_TIMEOUT). */
  readonly timeout: number
  /** When an earlier run's insert may have begun, epoch milliseconds. `undefined` if there was none. */
  readonly inDoubtSince?: number | undefined
  /** Until when an earlier run's insert may still appear, epoch milliseconds, where that run has said so. */
  readonly appearsUntil?: number | undefined
  /** The earlier run was this process's own, and no other process has had the row since. */
  readonly own?: boolean
  /** When the first `post` of a run that is not in doubt was announced, epoch milliseconds. */
  readonly announcedAt?: number
  /** Runs before a `post` that no intent has just announced. An earlier announcement may have expired. */
  readonly renewIntent: Effect.Effect<void, E>
  readonly post: (
    attemptState: AttemptState,
    onSending: Effect.Effect<void, NotAnnounced>
  ) => Effect.Effect<A, AttemptReason | NotAnnounced>
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
    Effect.mapError(pollUntilKnown(retryBudget, until, look), (failure) => {
      if (failure._tag === "HeldBack")
        return retryBudget.failure(new HeldBack({ reason: failure.reason, appearsUntil: until }))
      return retryBudget.failure(failure._tag === "Indeterminate" ? failure : (reason ?? failure))
    })

  if (options.inDoubtSince !== undefined) {
    // The last POST left by then: this process's own calls have ended, and another process may have held the lease until `validFrom`.
    const since = options.own === true ? yield* Clock.currentTimeMillis : (yield* CurrentLease).validFrom
    const found = yield* pollForRow(options.appearsUntil ?? Math.max(options.inDoubtSince, since) + timeout)
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
    const ambiguity = writeAmbiguityOf(reason)
    const mayRetry = yield* retryBudget.mayRetry(reason)
    if (ambiguity !== "none") {
      const found = yield* pollForRow(ambiguity === "running" ? sentAt + timeout : 0, reason)
      if (found !== undefined) return found
    }
    if (!mayRetry) return yield* retryBudget.failure(reason)
  }
})
