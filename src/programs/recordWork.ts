import { Effect, Option } from "effect"
import { Headers, HttpTraceContext } from "effect/http"

import { internalError } from "../domain/refusal.ts"
import type { KafkaRecord } from "../services/Kafka.ts"
import { Settings } from "../services/Settings.ts"
import { attribute, recordAttributes } from "../telemetry/names.ts"
import { type Named, originOf, refuse } from "./refuse.ts"
import { maxTries, untilEnded } from "./untilEnded.ts"

/** The producer's `traceparent` header. */
export const traceparentOf = (record: KafkaRecord): string | undefined => {
  const header = record.headers["traceparent"]
  return header === undefined ? undefined : new TextDecoder().decode(header)
}

/** What is done with one record until it has ended, in a span that continues its producer's; defects are tried again. */
export const recordWork = Effect.fnUntraced(function* <E, R>(
  record: KafkaRecord,
  named: Named,
  end: Effect.Effect<void, E, R>
) {
  const { groupId } = (yield* Settings).kafka
  const parent = HttpTraceContext.w3c(Headers.fromInput({ traceparent: traceparentOf(record) ?? "" }))
  const id = named.id === undefined ? {} : { [attribute.correlationId]: named.id }
  return yield* untilEnded(end, refuse(record, internalError(maxTries), named)).pipe(
    Effect.withSpan(`process ${record.topic}`, {
      kind: "consumer",
      ...(Option.isSome(parent) && { parent: parent.value }),
      attributes: { ...recordAttributes(record, groupId), ...id }
    }),
    Effect.annotateLogs({ ...originOf(record), ...id })
  )
})
