import { Clock, Effect } from "effect"

import { decodeInbound } from "../domain/inbound/decodeInbound.ts"
import type { InboundEvent } from "../domain/inbound/InboundEvent.ts"
import { namesOf } from "../domain/inbound/namesOf.ts"
import { originKey } from "../domain/Origin.ts"
import { invalid } from "../domain/refusal.ts"
import { type Ending, Journal, type Parked } from "../services/Journal.ts"
import type { KafkaRecord } from "../services/Kafka.ts"
import { countSkipped } from "../telemetry/metrics.ts"
import { Communications } from "./CommunicationEntity.ts"
import { correlate, type Correlated } from "./correlate.ts"
import { toParkedEvent } from "./parkedEvent.ts"
import { recordWork } from "./recordWork.ts"
import { type Named, originOf, publishRefusal, refuse } from "./refuse.ts"

/** How the event ended in its communication; `undefined` when that is not there. */
export const applyIn = Effect.fnUntraced(function* (
  record: KafkaRecord,
  { adopt, id }: Correlated,
  event: InboundEvent,
  index: number
) {
  const communications = yield* Communications
  const applied = yield* communications.apply(id, { origin: originOf(record), index, event, ...(adopt && { adopt }) })
  if (applied === "unknown") return undefined
  if (applied === "applied") return "response"
  yield* publishRefusal(record, applied, { id, channels: [] }, index)
  return "dead_letter"
})

/** How the event ended; `undefined` when its communication is not there. Fails when only ServiceNow could tell, and does not. */
export const applyToCommunication = Effect.fnUntraced(function* (
  record: KafkaRecord,
  event: InboundEvent,
  index: number
) {
  const found = yield* correlate(event)
  return found === undefined ? undefined : yield* applyIn(record, found, event, index)
})

/**
 * Events of one record end one after the other; those without a communication are parked with it (SPEC 8.3). Its row in
 * the ledger is written once, with the last of them: a record that has one has nothing left to do.
 */
const end = Effect.fnUntraced(function* (record: KafkaRecord, events: ReadonlyArray<InboundEvent>, named: Named) {
  const journal = yield* Journal
  const origin = originOf(record)
  if ((yield* journal.ending(origin)) !== undefined) return
  const parked: Array<Parked> = []
  let ending: Ending["ending"] = events.length === 0 ? "skipped" : "parked"
  for (const [index, event] of events.entries()) {
    const ended = yield* applyToCommunication(record, event, index).pipe(
      // Whose it is, the sweep will ask again.
      Effect.catchTag("ServiceNowError", (error) =>
        Effect.as(Effect.logWarning(`event parked: ${error.message}`), undefined)
      )
    )
    if (ended !== undefined) {
      ending = ending === "response" ? ending : ended
      continue
    }
    const key = `${originKey(origin)}#${index}`
    const parkedAt = yield* Clock.currentTimeMillis
    parked.push({ key, origin, event: toParkedEvent(record, event), names: namesOf(event), parkedAt })
  }
  const at = yield* Clock.currentTimeMillis
  const endings = [{ origin, ending, at, ...(named.id !== undefined && { id: named.id }) }]
  yield* parked.length > 0 ? journal.park(parked, endings) : journal.end(endings)
})

/** One record of `omnichannelRespostaCampanha`, with one event or several (SPEC 8). */
export const inboundRecord = (record: KafkaRecord) => {
  const decoded = decodeInbound(record.value, record.timestamp)
  if (decoded._tag === "Invalid") {
    const named: Named = { id: decoded.id, channels: [] }
    return { key: decoded.id, run: recordWork(record, named, refuse(record, invalid(decoded.detail), named)) }
  }
  const [first] = decoded.events
  const named: Named = { id: first?.correlationId, channels: [] }
  const run = Effect.andThen(
    end(record, decoded.events, named),
    Effect.forEach(decoded.unknown, () => countSkipped(record.topic, "tipo_desconhecido"))
  )
  // Events of one communication mostly carry one of these names: the same one keeps their order.
  const key = first?.correlationId ?? first?.caseId ?? first?.messageId ?? first?.phone
  return { key, run: recordWork(record, named, run) }
}
