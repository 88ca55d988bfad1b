import { Context, type Effect, Schema } from "effect"

import type { Json } from "../domain/Canal.ts"
import { reasonText } from "../domain/reasonText.ts"
import { ConnectionLost, NotConnected, Timeout } from "./Http.ts"

/** Weni's answer was no success (SPEC 5.2): not accepted. `answer` is the body's fields, or `{ corpo }` where it is no object. */
export class DispatchRefusal extends Schema.TaggedError<DispatchRefusal>()("DispatchRefusal", {
  status: Schema.Int,
  message: Schema.String,
  answer: Schema.Record(Schema.String, Schema.Unknown),
  /** Milliseconds that the server asked to wait (`Retry-After`). */
  retryAfter: Schema.optionalKey(Schema.Number)
}) {}

export const WeniReason = Schema.Union([Timeout, NotConnected, ConnectionLost, DispatchRefusal])
export type WeniReason = typeof WeniReason.Type

/** Why one attempt of a dispatch brought no success; `domain/failure.ts` says whether it may be repeated. */
export class WeniError extends Schema.TaggedError<WeniError>()("WeniError", { reason: WeniReason }) {
  override get message() {
    return `dispatch: ${reasonText(this.reason)}`
  }
}

export interface Dispatch {
  /** `dados_whats.id_campanha`, validated. */
  readonly campaign: string
  /** As sent (SPEC 5.1). */
  readonly body: Json
}

export interface AcceptedDispatch {
  readonly status: number
  /** The fields of the answer but `status`; `{ corpo }` where it is no object; cut at 16 KiB with `truncado`. */
  readonly answer: Json
  readonly messageId?: string
}

/** Weni/OmniChat's campaign API. */
export class Weni extends Context.Service<
  Weni,
  {
    /** ONE attempt (SPEC 5.3): whoever calls has made its intent durable and decides about another. */
    dispatch(dispatch: Dispatch): Effect.Effect<AcceptedDispatch, WeniError>
    /** Runs `effect`, which makes one dispatch, when one of WENI_CONCURRENCY slots is free. */
    admit<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R>
  }
>()("brom-ctx/services/Weni") {}
