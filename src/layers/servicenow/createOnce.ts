import { Clock, Effect, Result } from "effect"

import { CurrentClaim } from "../../services/Ownership.ts"
import type { AttemptReason, Turn } from "./attempt.ts"
import { doubtOf } from "./doubt.ts"
import type { Pace } from "./retry.ts"
import { type Looked, settle } from "./settle.ts"

/** Milliseconds for which an intent announces a POST: one that had to wait longer, for a slot or a breaker, is announced anew. */
const announcedFor = 1000

/** The intent could not be made durable: nothing was sent. */
export interface NotAnnounced {
  readonly _tag: "NotAnnounced"
}

export interface CreateOnce<A, E> {
  readonly pace: Pace
  /** Milliseconds after sending for which an insert may still be running (SERVICENOW_TIMEOUT). */
  readonly timeout: number
  /** An earlier run's insert may have begun then, epoch milliseconds; `undefined` when there was none. */
  readonly inDoubtSince?: number | undefined
  /** When the first `post` of a run that is not in doubt was announced, epoch milliseconds. */
  readonly announcedAt?: number
  /** Before a `post` is sent that no intent has just announced: what an earlier one announced may be over. */
  readonly renewIntent: Effect.Effect<void, E>
  readonly post: (
    turn: Turn,
    onSending: Effect.Effect<void, NotAnnounced>
  ) => Effect.Effect<A, AttemptReason | NotAnnounced>
  /** One look for what a doubtful `post` may have created. */
  readonly look: (turn: Turn) => Effect.Effect<Looked<A>, AttemptReason>
}

/**
 * Creates a row, and never a second one: after a doubtful attempt it is looked for, for as long as the insert may be
 * running, and created again only when there is none (SPEC 4.3). A doubt that could not be looked into ends in failure, with
 * the create's reason where there was one.
 */
export const createOnce = Effect.fnUntraced(function* <A, E>(options: CreateOnce<A, E>) {
  const { look, pace, post, timeout } = options
  const looking = (until: number, reason?: AttemptReason) =>
    Effect.mapError(settle(pace, until, look), (failed) =>
      pace.failure(failed._tag === "Indeterminate" ? failed : (reason ?? failed))
    )

  if (options.inDoubtSince !== undefined) {
    // Another process, which had it until then, may have sent as late as that.
    const since = (yield* CurrentClaim).since
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
    const outcome = yield* Effect.result(post(pace.begin(), onSending))
    if (Result.isSuccess(outcome)) return outcome.success
    const reason = outcome.failure
    if (reason._tag === "NotAnnounced") return yield* Effect.andThen(Effect.fromResult(unannounced), Effect.never)
    const doubt = doubtOf(reason)
    const again = yield* pace.another(reason)
    if (doubt !== "none") {
      const found = yield* looking(doubt === "running" ? sentAt + timeout : 0, reason)
      if (found !== undefined) return found
    }
    if (!again) return yield* pace.failure(reason)
  }
})
