import { Effect } from "effect"

import { internalError } from "../../domain/responses/refusal.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import { Settings } from "../../services/Settings.ts"
import { processSpan } from "../../telemetry/messagingSpan.ts"
import { attribute } from "../../telemetry/names.ts"
import { maxTries, retryOnDefect } from "../runtime/retryOnDefect.ts"
import { type RecordIdentity, originOf, rejectRecord } from "./rejectRecord.ts"

/**
 * Runs the work of one record until the record has ended, in a span that continues its producer's. Retries after
 * defects.
 */
export const processRecord = Effect.fnUntraced(function* <E, R>(
  record: KafkaRecord,
  identity: RecordIdentity,
  end: Effect.Effect<void, E, R>
) {
  const { groupId } = (yield* Settings).kafka
  const id = identity.id === undefined ? {} : { [attribute.correlationId]: identity.id }
  return yield* retryOnDefect(end, rejectRecord(record, internalError(maxTries), identity)).pipe(
    processSpan(record, groupId, {
      ...id,
      ...(identity.journey !== undefined && { [attribute.journey]: identity.journey })
    }),
    Effect.annotateLogs({ ...originOf(record), ...id })
  )
})
