import { Effect } from "effect"

import type { Refusal } from "../domain/refusal.ts"
import { Journal } from "../services/Journal.ts"
import type { KafkaRecord } from "../services/Kafka.ts"
import { originOf, publishRefusal } from "./refuse.ts"

/** An event that ends without being applied. */
export interface RefusedEvent {
  readonly refusal: Refusal
  readonly id: string | undefined
  /** Of several events in one record, which. */
  readonly index: number
}

/**
 * Events of one record that are refused: a failure response for each, and one dead letter for all of them, unless the
 * ledger says that the record has had one (CONTRACT "Dead letter"). Whoever calls tells the ledger.
 */
export const refuseEvents = Effect.fnUntraced(function* (record: KafkaRecord, refused: ReadonlyArray<RefusedEvent>) {
  if (refused.length === 0) return
  const journal = yield* Journal
  let letter = (yield* journal.ending(originOf(record)))?.ending !== "dead_letter"
  for (const { id, index, refusal } of refused) {
    yield* publishRefusal(record, refusal, { id, channels: [] }, { index, letter })
    letter = false
  }
})
