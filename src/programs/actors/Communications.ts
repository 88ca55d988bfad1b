import { Context, type Effect, Schema } from "effect"

import type { Refusal } from "../../domain/responses/refusal.ts"
import type { UnknownFact } from "../../services/Journal.ts"
import type { ReceivedEvent } from "../inbound/applyEvent.ts"
import type { OrderWaits, ReceivedOrder } from "../outbound/receiveOrder.ts"

/** A program of the communication failed with a defect. The record has not ended (SPEC 9.7). */
export class Defective extends Schema.TaggedError<Defective>()("Defective", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

/**
 * How an event ended. `unknown` means that there is no such communication, and `waits` that the communication waits for
 * its Case, or a duplicate for its response: the event is to be parked. A refusal is still to be published.
 */
export type Applied = "applied" | "unknown" | "waits" | Refusal

/**
 * The result of a check for due work. `waits`: the work waits for a vendor or an operator. `elsewhere`: another process
 * has the communication.
 */
export type Woken = "done" | "waits" | "elsewhere"

/**
 * Runs each communication as an actor. Calls for one communication run one after the other, in one process at a time. A
 * call continues after its caller has ended. An actor begins no further step when its process stops. The process that
 * then gets the record from Kafka repeats the call (DESIGN "Actors").
 */
export class Communications extends Context.Service<
  Communications,
  {
    /** Returns when the record has ended, or returns the refusal that is still to be published, or that the order waits. */
    receive(received: ReceivedOrder): Effect.Effect<Refusal | OrderWaits | undefined, Defective | UnknownFact>
    /** Returns when the event has ended. */
    apply(id: string, received: ReceivedEvent): Effect.Effect<Applied, Defective | UnknownFact>
    /** Does the work that has come due (SPEC 6.4, 8.8), unless another process is working on the communication. */
    wake(id: string): Effect.Effect<Woken, Defective | UnknownFact>
  }
>()("brom-ctx/programs/Communications") {}
