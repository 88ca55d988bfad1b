import { Clock, Effect } from "effect"

import { markOf } from "../../domain/record/RecordMark.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import { Ledger } from "../../services/Ledger.ts"
import { countSkipped } from "../../telemetry/metrics.ts"
import { processRecord } from "./processRecord.ts"
import { originOf } from "./rejectRecord.ts"

/** Ends a record that is not ours, and counts it. */
export const skip = Effect.fnUntraced(function* (record: KafkaRecord, reason: string) {
  const ledger = yield* Ledger
  const at = yield* Clock.currentTimeMillis
  yield* ledger.end([{ origin: originOf(record), ending: "skipped", at, mark: markOf(record) }])
  yield* countSkipped(record.topic, reason)
})

/**
 * The work of a record that is older than every record that this database has ended, in a log that replaced another
 * one.
 */
export const olderRecord = (record: KafkaRecord) => ({
  key: undefined,
  run: processRecord(record, { id: undefined, channels: [] }, skip(record, "anterior"))
})
