import { Context, type Effect, Schema } from "effect"

import type { Json } from "../domain/record/ChannelResult.ts"
import { WeniReason } from "../domain/vendor/failureReasons.ts"
import { reasonText } from "../domain/vendor/reasonText.ts"
import type { WaitBudget } from "./Breakers.ts"

/** Why one attempt of a dispatch brought no success; `domain/failure.ts` says whether it may be repeated. */
export class WeniError extends Schema.TaggedError<WeniError>()("WeniError", { reason: WeniReason }) {
  override get message() {
    return `dispatch: ${reasonText(this.reason)}`
  }
}

/** The circuit breaker, which `reason` had opened, held the dispatch back for too long (SPEC 9.2): it was never sent. */
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
  /** Which attempt of the communication this is, from 1. */
  readonly attempt: number
  /** As sent (SPEC 5.1). */
  readonly body: Json
}

export interface AcceptedDispatch {
  readonly status: number
  /** The fields of the answer but `status`; `{ corpo }` where it is no object; cut at 16 KiB with `truncado`. */
  readonly answer: Json
  readonly messageId?: string
}

/** Leave to make one dispatch. */
export interface DispatchSlot {
  /** The circuit breaker watches this one: a failure that shows Weni away is none of the communication's attempts. */
  readonly probe: boolean
  /** ONE attempt (SPEC 5.3): whoever calls has made its intent durable and decides about another. */
  dispatch(dispatch: Dispatch): Effect.Effect<AcceptedDispatch, WeniError>
}

/** Weni/OmniChat's campaign API. */
export class Weni extends Context.Service<
  Weni,
  {
    /**
     * Runs `use`, which makes one dispatch, when one of WENI_CONCURRENCY slots is free and the circuit breaker lets it; the
     * wait can be interrupted.
     */
    admit<A, E, R>(
      waitBudget: WaitBudget,
      use: (slot: DispatchSlot) => Effect.Effect<A, E, R>
    ): Effect.Effect<A, E | DispatchHeldBack, R>
  }
>()("brom-ctx/services/Weni") {}
