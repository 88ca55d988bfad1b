import { Context, type Effect, type Stream } from "effect"

import type { CallOutcome } from "../domain/vendor/breaker.ts"
import type { OutageReason, WeniReason } from "../domain/vendor/failureReasons.ts"

/**
 * The time after which a call that an open breaker holds back is no longer wanted, epoch milliseconds. Never by
 * default.
 */
export const CallDeadline = Context.Reference<number>("brom-ctx/services/WantedUntil", {
  defaultValue: () => Number.POSITIVE_INFINITY
})

/** The time that one operation has waited at open breakers. All of its attempts share one object. */
export interface WaitBudget {
  /** Milliseconds, at most BREAKER_MAX_WAIT in all. */
  waited: number
  /** Whether its latest attempt was a probe. A probe that fails does not count as an attempt. */
  probe: boolean
  /** Whether any attempt was a probe. Another operation's call is then the better probe. */
  probed: boolean
}

export const makeWaitBudget = (): WaitBudget => ({ waited: 0, probe: false, probed: false })

/** BREAKER_MAX_WAIT or `CallDeadline` passed while the breaker, opened by `reason`, held the call back. */
export class CircuitOpenTimeout<Reason> {
  readonly _tag = "CircuitOpenTimeout"
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

export interface Breaker<Reason> {
  /**
   * Runs `use`, one attempt, as soon as the vendor has a free slot and is not known to be unavailable. Holds the slot
   * until `use` ends. The wait can be interrupted, even where `use` cannot (SPEC 9.4).
   */
  pass<A, E, R>(
    waitBudget: WaitBudget,
    use: (pass: Pass<Reason>) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | CircuitOpenTimeout<Reason>, R>
  readonly status: Effect.Effect<BreakerStatus>
}

/** Which records the breakers admit: every record, none, or one for a probe that no waiting call can be. */
export type Admission = "all" | "none" | "one"

/** The circuit breakers of this process, one for each vendor (SPEC 9.2). */
export class Breakers extends Context.Service<
  Breakers,
  {
    readonly servicenow: Breaker<OutageReason>
    readonly weni: Breaker<WeniReason>
    /** The current admission, and every change. */
    readonly admission: Stream.Stream<Admission>
  }
>()("brom-ctx/services/Breakers") {}
