import { Clock, Effect } from "effect"

import { internalError } from "../../domain/responses/refusal.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import { Settings } from "../../services/Settings.ts"
import { processSpan } from "../../telemetry/messagingSpan.ts"
import { attribute } from "../../telemetry/names.ts"
import { maxTries, unknownPause, retryOnDefect } from "../runtime/retryOnDefect.ts"
import { type RecordIdentity, originOf, rejectRecord } from "./rejectRecord.ts"
import { WaitingRecords } from "./WaitingRecords.ts"

/** The record waits for a newer version, and is tried again after a pause (SPEC 9.8). */
const postponed = Effect.fnUntraced(function* (record: KafkaRecord) {
  const waitingRecords = yield* WaitingRecords
  return waitingRecords.postpone(originOf(record), { until: (yield* Clock.currentTimeMillis) + unknownPause })
})

/**
 * Runs the work of one record until the record has ended, in a span that continues its producer's. Retries after
 * defects. A record that waits for a newer version is postponed (SPEC 9.8).
 */
export const processRecord = Effect.fnUntraced(function* <A, E, R>(
  record: KafkaRecord,
  identity: RecordIdentity,
  end: Effect.Effect<A, E, R>
) {
  const { groupId } = (yield* Settings).kafka
  const id = identity.id === undefined ? {} : { [attribute.correlationId]: identity.id }
  return yield* retryOnDefect(end, rejectRecord(record, internalError(maxTries), identity)).pipe(
    Effect.catch(() => postponed(record)),
    processSpan(record, groupId, {
      ...id,
      ...(identity.journey !== undefined && { [attribute.journey]: identity.journey })
    }),
    Effect.annotateLogs({ ...originOf(record), ...id })
  )
})
