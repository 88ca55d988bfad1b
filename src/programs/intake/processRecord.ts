import { Effect } from "effect"

import { internalError } from "../../domain/responses/refusal.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import { Settings } from "../../services/Settings.ts"
import { processSpan } from "../../telemetry/messagingSpan.ts"
import { attribute } from "../../telemetry/names.ts"
import { maxTries, retryOnDefect } from "../runtime/retryOnDefect.ts"
import { type RecordIdentity, originOf, rejectRecord } from "./rejectRecord.ts"

/** What is done with one record until it has ended, in a span that continues its producer's; defects are tried again. */
export const processRecord = Effect.fnUntraced(function* <E, R>(
  record: KafkaRecord,
  named: RecordIdentity,
  end: Effect.Effect<void, E, R>
) {
  const { groupId } = (yield* Settings).kafka
  const id = named.id === undefined ? {} : { [attribute.correlationId]: named.id }
  return yield* retryOnDefect(end, rejectRecord(record, internalError(maxTries), named)).pipe(
    processSpan(record, groupId, {
      ...id,
      ...(named.journey !== undefined && { [attribute.journey]: named.journey })
    }),
    Effect.annotateLogs({ ...originOf(record), ...id })
  )
})
