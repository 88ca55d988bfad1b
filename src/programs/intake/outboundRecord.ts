import { Clock, Effect } from "effect"

import { type DecodedOutbound, decodeOutbound } from "../../domain/outbound/decodeOutbound.ts"
import { type Outbound, wants } from "../../domain/outbound/Outbound.ts"
import { invalid } from "../../domain/responses/refusal.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import { Ledger } from "../../services/Ledger.ts"
import { traceparentOf } from "../../telemetry/messagingSpan.ts"
import { countSkipped } from "../../telemetry/metrics.ts"
import { Communications } from "../actors/Communications.ts"
import { processRecord } from "./processRecord.ts"
import { type RecordIdentity, originOf, rejectRecord } from "./rejectRecord.ts"

const skip = Effect.fnUntraced(function* (record: KafkaRecord) {
  const ledger = yield* Ledger
  yield* ledger.end([{ origin: originOf(record), ending: "skipped", at: yield* Clock.currentTimeMillis }])
  yield* countSkipped(record.topic, "outro_canal")
})

const namedBy = ({ cod_canais, cod_jornada, id_correlacao }: Outbound): RecordIdentity => ({
  id: id_correlacao,
  channels: cod_canais,
  journey: cod_jornada
})

const handOver = Effect.fnUntraced(function* (record: KafkaRecord, order: Outbound) {
  const communications = yield* Communications
  const traceparent = traceparentOf(record)
  const refusal = yield* communications.receive({
    origin: originOf(record),
    order,
    ...(traceparent !== undefined && { traceparent })
  })
  if (refusal !== undefined) yield* rejectRecord(record, refusal, namedBy(order))
})

const end = (record: KafkaRecord, decoded: DecodedOutbound, named: RecordIdentity) => {
  switch (decoded._tag) {
    case "Valid":
      return handOver(record, decoded.outbound)
    case "Invalid":
      return rejectRecord(record, invalid(decoded.detail), named)
    case "Skipped":
      return skip(record)
  }
}

const nameOf = (decoded: DecodedOutbound): RecordIdentity =>
  decoded._tag === "Valid"
    ? namedBy(decoded.outbound)
    : { id: undefined, channels: [], ...(decoded._tag === "Invalid" && { id: decoded.id, channels: decoded.channels }) }

/** One record of `comunicacaoTransacional`: decode → ask the actor → end (SPEC 2). */
export const outboundRecord = (record: KafkaRecord) => {
  const decoded = decodeOutbound(record.value)
  const named = nameOf(decoded)
  // Its first call is the search for the customer, where others wait already.
  const needsStartPermit = decoded._tag === "Valid" && wants(decoded.outbound, "itsm")
  return { key: named.id, needsStartPermit, run: processRecord(record, named, end(record, decoded, named)) }
}
