import { Context, type Effect, Schema } from "effect"

import type { Refusal } from "../../domain/responses/refusal.ts"
import type { ReceivedEvent } from "../inbound/applyEvent.ts"
import type { ReceivedOrder } from "../outbound/receiveOrder.ts"

/** A defect in a communication's program: the record has not ended (SPEC 9.7). */
export class Defective extends Schema.TaggedError<Defective>()("Defective", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

/** How an event ended; `unknown`: no such communication; a refusal is still to be published. */
export type Applied = "applied" | "unknown" | Refusal

/**
 * The communications, each an actor: what it is asked for is done one after the other, on one process, and goes on when whoever asked
 * has ended; it begins no further step when its process stops, and is asked again where another one has it then (DESIGN "Actors").
 */
export class Communications extends Context.Service<
  Communications,
  {
    /** Ends when the record has ended, or with the refusal that is still to be published. */
    receive(received: ReceivedOrder): Effect.Effect<Refusal | undefined, Defective>
    /** Ends when the event has ended. */
    apply(id: string, received: ReceivedEvent): Effect.Effect<Applied, Defective>
    /** Does what has come due (SPEC 6.4, 8.8); false when something has to wait, for a vendor or an operator. */
    wake(id: string): Effect.Effect<boolean, Defective>
  }
>()("brom-ctx/programs/Communications") {}
