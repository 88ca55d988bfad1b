import { Context, type Effect, type Stream } from "effect"

import type { CallOutcome } from "../domain/vendor/breaker.ts"
import type { OutageReason, WeniReason } from "../domain/vendor/failureReasons.ts"

/** When a call that an open breaker holds back is no longer wanted, epoch milliseconds; never, if nobody says. */
export const CallDeadline = Context.Reference<number>("brom-ctx/services/WantedUntil", {
  defaultValue: () => Number.POSITIVE_INFINITY
})

/** What one operation has spent at open breakers: one object for all of its attempts. */
export interface WaitBudget {
  /** Milliseconds; at most BREAKER_MAX_WAIT in all. */
  waited: number
  /** Whether its latest attempt was a probe: one that fails is none of its attempts. */
  probe: boolean
  /** Whether any was: another operation's call is the better probe. */
  probed: boolean
}

export const makeWaitBudget = (): WaitBudget => ({ waited: 0, probe: false, probed: false })

/** BREAKER_MAX_WAIT or `WantedUntil` has passed while the breaker, which `reason` had opened, held the call back. */
export class CircuitOpenTimeout<Reason> {
  readonly _tag = "GivenUp"
  readonly reason: Reason

  constructor(reason: Reason) {
    this.reason = reason
  }
}

/** Leave to make one attempt. */
export interface Pass<Reason> {
  readonly probe: boolean
  /** What the attempt said of the vendor; once. */
  report(outcome: CallOutcome<Reason>): Effect.Effect<void>
}

export interface BreakerStatus {
  readonly open: boolean
  /** In English, without any personal datum. */
  readonly detail: string
}

export interface Breaker<Reason> {
  /**
   * Runs `use`, one attempt, as soon as the vendor has a slot free and is not known to be away; holds the slot meanwhile. The
   * wait can be interrupted, also where `use` cannot (SPEC 9.4).
   */
  pass<A, E, R>(
    waitBudget: WaitBudget,
    use: (pass: Pass<Reason>) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | CircuitOpenTimeout<Reason>, R>
  readonly status: Effect.Effect<BreakerStatus>
}

/** What the breakers let in: every record, none, or one for a probe that no waiting call can be. */
export type Admission = "all" | "none" | "one"

/** One circuit breaker for each vendor, of this process (SPEC 9.2). */
export class Breakers extends Context.Service<
  Breakers,
  {
    readonly servicenow: Breaker<OutageReason>
    readonly weni: Breaker<WeniReason>
    /** The present one, and every change. */
    readonly admission: Stream.Stream<Admission>
  }
>()("brom-ctx/services/Breakers") {}
