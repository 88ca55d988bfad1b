import { Context, type Effect, Schema } from "effect"

import type { Json } from "../domain/record/ChannelResult.ts"
import { WeniReason } from "../domain/vendor/failureReasons.ts"
import { reasonText } from "../domain/vendor/reasonText.ts"
import type { CallState } from "./Breakers.ts"

/** Why one attempt of a dispatch did not succeed. `domain/vendor/failure.ts` decides whether it may be repeated. */
export class WeniError extends Schema.TaggedError<WeniError>()("WeniError", { reason: WeniReason }) {
  override get message() {
    return `dispatch: ${reasonText(this.reason)}`
  }
}

/**
 * The circuit breaker, opened by `reason`, held the dispatch back (SPEC 9.2). The dispatch was never sent.
 */
export class DispatchHeldBack extends Schema.TaggedError<DispatchHeldBack>()("DispatchHeldBack", {
  reason: WeniReason
}) {
  override get message() {
    return `dispatch held back: ${reasonText(this.reason)}`
  }
}

export interface Dispatch {
  /** `dados_whats.id_campanha`, validated. */
  readonly campaign: string
  /** The attempt's number within the communication, from 1. */
  readonly attempt: number
  /** As sent (SPEC 5.1). */
  readonly body: Json
}

export interface AcceptedDispatch {
  readonly status: number
  /**
   * The fields of the answer except `status`. `{ corpo }` if the answer is not an object. Cut at 16 KiB with
   * `truncado`.
   */
  readonly answer: Json
  readonly messageId?: string
}

/** Permission to make one dispatch. */
export interface DispatchSlot {
  /**
   * True if this dispatch is the circuit breaker's probe. A failure that shows Weni to be unavailable then does not
   * count as one of the communication's attempts.
   */
  readonly probe: boolean
  /** Makes ONE attempt (SPEC 5.3). The caller has made its intent durable and decides about another one. */
  dispatch(dispatch: Dispatch): Effect.Effect<AcceptedDispatch, WeniError>
}

/** Weni/OmniChat's campaign API. */
export class Weni extends Context.Service<
  Weni,
  {
    /**
     * Runs `use`, which makes one dispatch, when one of WENI_CONCURRENCY slots is free and the circuit breaker permits
     * it. It fails if the way to Weni stays shut for 5 s, and at once if that is known. The wait can be interrupted.
     */
    admit<A, E, R>(
      callState: CallState,
      use: (slot: DispatchSlot) => Effect.Effect<A, E, R>
    ): Effect.Effect<A, E | DispatchHeldBack, R>
    /** Whether Weni has answered any call of this process after `moment`, monotonic milliseconds. Synchronous. */
    answeredSince(moment: number): boolean
  }
>()("brom-ctx/services/Weni") {}
