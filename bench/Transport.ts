import type { Effect } from "effect"

import type { Child } from "./child.ts"
import type { Order } from "./orders.ts"

export type Topic = "TOPIC_IN" | "TOPIC_INBOUND"

/** How records reach the subject. Its responses go to the turn's `Arrivals`. */
export interface Transport {
  /** The variables of the subject. */
  readonly environment: Readonly<Record<string, string>>
  /** Called before anything is sent. */
  attach(subject: Child): void
  /** Returns when the records are handed over. */
  send(topic: Topic, orders: ReadonlyArray<Order>): Effect.Effect<unknown>
}
