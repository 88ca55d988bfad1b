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

const identityOfOrder = ({ cod_canais, cod_jornada, id_correlacao }: Outbound): RecordIdentity => ({
  id: id_correlacao,
  channels: cod_canais,
  journey: cod_jornada
})

const passToActor = Effect.fnUntraced(function* (record: KafkaRecord, order: Outbound) {
  const communications = yield* Communications
  const traceparent = traceparentOf(record)
  const refusal = yield* communications.receive({
    origin: originOf(record),
    order,
    ...(traceparent !== undefined && { traceparent })
  })
  if (refusal !== undefined) yield* rejectRecord(record, refusal, identityOfOrder(order))
})

const end = (record: KafkaRecord, decoded: DecodedOutbound, identity: RecordIdentity) => {
  switch (decoded._tag) {
    case "Valid":
      return passToActor(record, decoded.outbound)
    case "Invalid":
      return rejectRecord(record, invalid(decoded.detail), identity)
    case "Skipped":
      return skip(record)
  }
}

const identityOf = (decoded: DecodedOutbound): RecordIdentity =>
  decoded._tag === "Valid"
    ? identityOfOrder(decoded.outbound)
    : { id: undefined, channels: [], ...(decoded._tag === "Invalid" && { id: decoded.id, channels: decoded.channels }) }

/** The work of one record of `comunicacaoTransacional`: decode → call the actor → end (SPEC 2). */
export const outboundRecord = (record: KafkaRecord) => {
  const decoded = decodeOutbound(record.value)
  const identity = identityOf(decoded)
  // Its first call searches for the customer, where other orders are already waiting.
  const needsStartPermit = decoded._tag === "Valid" && wants(decoded.outbound, "itsm")
  return { key: identity.id, needsStartPermit, run: processRecord(record, identity, end(record, decoded, identity)) }
}
