import { Context, type Effect, type Stream } from "effect"

import type { CallOutcome } from "../domain/vendor/breaker.ts"
import type { OutageReason, WeniReason } from "../domain/vendor/failureReasons.ts"

/**
 * The time after which a call is no longer wanted, epoch milliseconds. By default there is none. While the way is shut,
 * no call waits beyond it.
 */
export const CallDeadline = Context.Reference<number>("brom-ctx/services/WantedUntil", {
  defaultValue: () => Number.POSITIVE_INFINITY
})

/** What the breaker knows of an operation over all its runs. */
export interface CallHistory {
  /** Whether any attempt was a probe. Another operation's call is then the better probe. */
  probed: boolean
  /** How many calls had begun at the vendor when it last refused the operation with 429. */
  refusedAfter: number | undefined
  /**
   * How many refusals held the vendor's calls although other operations had been answered since the previous refusal.
   */
  excused: number
  /** When the first attempt failed because the vendor was unavailable, monotonic milliseconds. */
  firstFailureAt: number | undefined
}

/** What the breaker knows of one run of an operation. All of its attempts share one object. */
export interface CallState {
  /** Names the operation, so that its next run in this process has the same history. */
  readonly key: string | undefined
  /** Whether its latest attempt was a probe. */
  probe: boolean
  /**
   * Whether its latest attempt counts as one of the operation's. A 429 that holds all calls does not count, nor does a
   * failed probe during an outage (SPEC 9.2, 4.6).
   */
  counts: boolean
  /**
   * True if, when its latest attempt began, the vendor had already answered a call that began after the operation's
   * first failure, in any run. Calls under way when an outage began or ended say nothing about it.
   */
  answered: boolean
  /** Its latest attempt waited so long that it was not made. The next one goes first, or it might wait as long again. */
  isOverdue: boolean
  /** The outage during which it last waited, and when that wait began, monotonic milliseconds. */
  waiting: { readonly outage: number; readonly since: number } | undefined
  history: CallHistory
}

export const makeCallState = (key?: string): CallState => ({
  key,
  probe: false,
  counts: true,
  answered: true,
  isOverdue: false,
  waiting: undefined,
  history: { probed: false, refusedAfter: undefined, excused: 0, firstFailureAt: undefined }
})

/**
 * Forgets the operation's failures so far, because the vendor has answered it. Later failures have nothing to do with
 * them.
 */
export const forgetFailures = ({ history }: CallState): void => {
  history.firstFailureAt = undefined
}

/** The vendor is known to be unavailable because of `reason`, so the call was not made. */
export class CircuitOpen<Reason> {
  readonly _tag = "CircuitOpen"
  readonly reason: Reason

  constructor(reason: Reason) {
    this.reason = reason
  }
}

/** Permission to make one attempt. */
export interface Pass<Reason> {
  readonly probe: boolean
  /** Reports what the attempt showed about the vendor. To be called once. */
  report(outcome: CallOutcome<Reason>): Effect.Effect<void>
}

export interface BreakerStatus {
  readonly open: boolean
  /** In English, without personal data. */
  readonly detail: string
}

/** Whether calls reach the vendor: all of them, only one as the probe that is due, or none. */
export type Way = "open" | "probe" | "shut"

export interface Breaker<Reason> {
  /**
   * Runs `use`, one attempt, as soon as the vendor has a free slot. Holds the slot until `use` ends. Fails with
   * `CircuitOpen` if the way stays shut for 5 s, and at once if it is known to stay shut for longer. A call that comes
   * while the way is "probe" becomes the probe. A wait for a slot alone has no limit. The wait can be interrupted, even
   * where `use` cannot (SPEC 9.4).
   */
  pass<A, E, R>(
    callState: CallState,
    use: (pass: Pass<Reason>) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | CircuitOpen<Reason>, R>
  /** The current way. Synchronous. */
  way(): Way
  /** The current way, and every change. */
  readonly ways: Stream.Stream<Way>
  /**
   * Whether the vendor has answered any call after `moment`, monotonic milliseconds. A 429 does not count as an answer.
   * Synchronous.
   */
  answeredSince(moment: number): boolean
  /** Lets one call through as the probe now, whatever the vendor has asked for, and forgets how often calls may begin. */
  readonly halfOpen: Effect.Effect<void>
  readonly status: Effect.Effect<BreakerStatus>
}

/** The circuit breakers of this process, one for each vendor (SPEC 9.2). */
export class Breakers extends Context.Service<
  Breakers,
  { readonly servicenow: Breaker<OutageReason>; readonly weni: Breaker<WeniReason> }
>()("brom-ctx/services/Breakers") {}
