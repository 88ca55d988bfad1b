import type { Effect } from "effect"

import type { Child } from "./child.ts"
import type { Order } from "./orders.ts"

export type Topic = "TOPIC_IN" | "TOPIC_INBOUND"

/** How records come to the subject; its responses go to the turn's `Arrivals`. */
export interface Transport {
  /** The subject's variables. */
  readonly environment: Readonly<Record<string, string>>
  /** Before anything is sent. */
  attach(subject: Child): void
  /** Returns when they are handed over. */
  send(topic: Topic, orders: ReadonlyArray<Order>): Effect.Effect<unknown>
}
