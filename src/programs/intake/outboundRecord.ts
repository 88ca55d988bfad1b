import { Effect } from "effect"

import { type DecodedOutbound, decodeOutbound } from "../../domain/outbound/decodeOutbound.ts"
import { type Outbound, wants } from "../../domain/outbound/Outbound.ts"
import { markOf } from "../../domain/record/RecordMark.ts"
import { invalid } from "../../domain/responses/refusal.ts"
import type { UnknownFact } from "../../services/Journal.ts"
import type { Journeys } from "../../services/Journeys.ts"
import type { Kafka, KafkaRecord, Postponed } from "../../services/Kafka.ts"
import type { Ledger } from "../../services/Ledger.ts"
import type { Settings } from "../../services/Settings.ts"
import type { Tallies } from "../../services/Tallies.ts"
import { traceparentOf } from "../../telemetry/messagingSpan.ts"
import { Communications, type Defective } from "../actors/Communications.ts"
import { noticePersonalId } from "./noticePersonalId.ts"
import { processRecord } from "./processRecord.ts"
import { type RecordIdentity, originOf, rejectRecord } from "./rejectRecord.ts"
import { skip } from "./skipRecord.ts"
import { WaitingRecords } from "./WaitingRecords.ts"

const identityOfOrder = ({ cod_canais, cod_jornada, id_correlacao }: Outbound): RecordIdentity => ({
  id: id_correlacao,
  channels: cod_canais,
  journey: cod_jornada
})

/** What earlier runs of one record leave to the next one in this process. */
interface EarlierRuns {
  /** Whether its ids were checked for personal data. */
  isNoticed?: boolean
  /** When the record was first held back before anything of its order had begun, epoch milliseconds. */
  waitsSince?: number
}

const passToActor = Effect.fnUntraced(function* (
  record: KafkaRecord,
  order: Outbound,
  earlier: EarlierRuns
): Effect.fn.Return<
  Postponed | undefined,
  Defective | UnknownFact,
  Communications | Journeys | Kafka | Ledger | Settings | Tallies | WaitingRecords
> {
  if (earlier.isNoticed !== true) yield* noticePersonalId(order)
  earlier.isNoticed = true
  const communications = yield* Communications
  const waitingRecords = yield* WaitingRecords
  const traceparent = traceparentOf(record)
  const origin = originOf(record)
  const refusal = yield* communications.receive({
    origin,
    mark: markOf(record),
    order,
    ...(earlier.waitsSince !== undefined && { waitsSince: earlier.waitsSince }),
    ...(traceparent !== undefined && { traceparent })
  })
  if (refusal === undefined) return undefined
  if ("_tag" in refusal) {
    if (refusal.notBegun !== undefined) earlier.waitsSince = refusal.notBegun.since
    return waitingRecords.postpone(origin, refusal)
  }
  yield* rejectRecord(record, refusal, identityOfOrder(order))
  return undefined
})

const end = Effect.fnUntraced(function* (
  record: KafkaRecord,
  decoded: DecodedOutbound,
  identity: RecordIdentity,
  earlier: EarlierRuns
) {
  if (decoded._tag === "Valid") return yield* passToActor(record, decoded.outbound, earlier)
  yield* decoded._tag === "Invalid"
    ? rejectRecord(record, invalid(decoded.detail), identity)
    : skip(record, "outro_canal")
  return undefined
})

const identityOf = (decoded: DecodedOutbound): RecordIdentity =>
  decoded._tag === "Valid"
    ? identityOfOrder(decoded.outbound)
    : { id: undefined, channels: [], ...(decoded._tag === "Invalid" && { id: decoded.id, channels: decoded.channels }) }

/** The work of one record of `comunicacaoTransacional`: decode → call the actor → end (SPEC 2). */
export const outboundRecord = (record: KafkaRecord) => {
  const decoded = decodeOutbound(record.value)
  const identity = identityOf(decoded)
  // Its first call searches for the customer in ServiceNow, where other orders may already wait.
  const needsStartPermit = decoded._tag === "Valid" && wants(decoded.outbound, "itsm")
  return {
    key: identity.id,
    needsStartPermit,
    run: processRecord(record, identity, end(record, decoded, identity, {}))
  }
}
