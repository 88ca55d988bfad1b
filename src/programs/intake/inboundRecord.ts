import { Clock, Effect } from "effect"

import { decodeInbound } from "../../domain/inbound/decodeInbound.ts"
import type { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { invalid } from "../../domain/responses/refusal.ts"
import type { UnknownFact } from "../../services/Journal.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import { type RecordEnding, Ledger } from "../../services/Ledger.ts"
import { ParkedEvents } from "../../services/ParkedEvents.ts"
import { countSkipped } from "../../telemetry/metrics.ts"
import { isUnknownFact } from "../runtime/retryOnDefect.ts"
import { CaseLookup } from "./CaseLookup.ts"
import { correlate } from "./correlate.ts"
import { applyToCommunication, type EventOfRecord, toParked } from "./parkedEvent.ts"
import { processRecord } from "./processRecord.ts"
import { type RecordIdentity, originOf, rejectRecord, type RefusedEvent, rejectEvents } from "./rejectRecord.ts"

/**
 * Starts the lookup of each Case that only ServiceNow may know. The lookups run beside the intake, because the record
 * has ended (SPEC 8.2, 9.5).
 */
const lookUpCases = Effect.fnUntraced(function* (unmatched: ReadonlyArray<EventOfRecord>) {
  const cases = yield* CaseLookup
  for (const [caseId, own] of Map.groupBy(unmatched, ({ event }) => event.caseId)) {
    if (caseId !== undefined) yield* cases.begin(caseId, own)
  }
})

/**
 * Ends the events of one record one after the other. Events without a communication are parked in the commit that ends
 * the record (SPEC 8.3). The record's row in the ledger is written once, with its last event, so a record with a row
 * has nothing left to do.
 */
const end = Effect.fnUntraced(function* (
  record: KafkaRecord,
  events: ReadonlyArray<InboundEvent>,
  { id }: RecordIdentity
) {
  const ledger = yield* Ledger
  const parkedEvents = yield* ParkedEvents
  const origin = originOf(record)
  if ((yield* ledger.ending(origin)) !== undefined) return
  let ending: RecordEnding["ending"] = events.length === 0 ? "skipped" : "parked"
  const unmatched: Array<EventOfRecord> = []
  const refused: Array<RefusedEvent> = []
  let waitsFor: UnknownFact | undefined
  for (const [index, event] of events.entries()) {
    const whose = yield* correlate(event)
    const applying = whose && applyToCommunication({ record, event, index }, whose)
    const ended = applying && (yield* Effect.catchTag(applying, "UnknownFact", (error) => Effect.succeed(error)))
    // It waits for a newer version, and so does the record. The other events of the record do not (SPEC 9.8).
    if (isUnknownFact(ended)) waitsFor = ended
    else if (ended === undefined) unmatched.push({ record, event, index })
    else if (ended === "applied") ending = "response"
    else refused.push(ended)
  }
  if (waitsFor !== undefined) return yield* waitsFor
  yield* rejectEvents(record, refused)
  if (refused.length > 0) ending = "dead_letter"
  const at = yield* Clock.currentTimeMillis
  const endings = [{ origin, ending, at, ...(id !== undefined && { id }) }]
  const parked = unmatched.map((event) => toParked(event, at))
  yield* parked.length > 0 ? parkedEvents.park(parked, endings) : ledger.end(endings)
  yield* lookUpCases(unmatched)
})

/** The work of one record of `omnichannelRespostaCampanha`, with one event or several (SPEC 8). */
export const inboundRecord = (record: KafkaRecord) => {
  const decoded = decodeInbound(record.value, record.timestamp)
  if (decoded._tag === "Invalid") {
    const identity: RecordIdentity = { id: decoded.id, channels: [] }
    return {
      key: decoded.id,
      run: processRecord(record, identity, rejectRecord(record, invalid(decoded.detail), identity))
    }
  }
  const [first] = decoded.events
  const identity: RecordIdentity = { id: first?.correlationId, channels: [] }
  const run = Effect.andThen(
    end(record, decoded.events, identity),
    Effect.forEach(decoded.unknown, () => countSkipped(record.topic, "tipo_desconhecido"), { discard: true })
  )
  // Events of one communication mostly carry the same one of these names. That name as the key keeps their order.
  const key = first?.correlationId ?? first?.caseId ?? first?.messageId ?? first?.phone
  return { key, run: processRecord(record, identity, run) }
}
