import { Context, type Effect, Schema } from "effect"

import type { Refusal } from "../../domain/responses/refusal.ts"
import type { UnknownFact } from "../../services/Journal.ts"
import type { EndOrder } from "../communication/endWaiting.ts"
import type { ReceivedEvent } from "../inbound/applyEvent.ts"
import type { OrderWaits, ReceivedOrder } from "../outbound/receiveOrder.ts"

/** A program of the communication failed with a defect. The record has not ended (SPEC 9.7). */
export class Defective extends Schema.TaggedError<Defective>()("Defective", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

/**
 * How an event ended. `unknown`: there is no such communication. `waits`: the communication waits for its Case, or a
 * duplicate waits for its response. `busy`: other work of the communication takes too long, and nothing was done. The
 * caller parks an event that `waits` or is `busy` behind its communication. A refusal is still to be published.
 */
export type Applied = "applied" | "unknown" | "waits" | "busy" | Refusal

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
    /**
     * Returns `undefined` when the record has ended, a refusal that is still to be published, or what the order waits
     * for.
     */
    receive(received: ReceivedOrder): Effect.Effect<Refusal | OrderWaits | undefined, Defective | UnknownFact>
    /**
     * Returns when the event has ended or is to be parked. At most 8 events wait for their turn, for 10 s at most
     * (SPEC 9.5).
     */
    apply(id: string, received: ReceivedEvent): Effect.Effect<Applied, Defective | UnknownFact>
    /** Returns when all earlier calls for this communication in this process have ended. */
    awaitTurn(id: string): Effect.Effect<void>
    /**
     * Ends every step that waits for a vendor as a failure, as an operator orders (SPEC 10.2). `acted`: now, or for the
     * same operation before. `elsewhere`: another process has the communication, and nothing was done.
     */
    end(
      id: string,
      order: EndOrder
    ): Effect.Effect<"acted" | "nothing" | "unknown" | "elsewhere", Defective | UnknownFact>
    /**
     * Ends every step that waits for a vendor, and erases the communication for good (SPEC 10.4). `erased`: now or
     * before. `unfinished`: a record or a response of it has not ended. `elsewhere`: another process has it, and
     * nothing was done.
     */
    erase(
      id: string,
      order: EndOrder
    ): Effect.Effect<"erased" | "unfinished" | "unknown" | "elsewhere", Defective | UnknownFact>
    /** Does the work that has come due (SPEC 6.4, 8.8), unless another process is working on the communication. */
    wake(id: string): Effect.Effect<Woken, Defective | UnknownFact>
  }
>()("brom-ctx/programs/Communications") {}
