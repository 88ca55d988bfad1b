import { Clock, Effect } from "effect"

import type { Channel } from "../../domain/outbound/Outbound.ts"
import type { Origin } from "../../domain/record/Origin.ts"
import { type Refusal, refusalResponse } from "../../domain/responses/refusal.ts"
import { isoTime } from "../../domain/values/parseTime.ts"
import { Kafka, type KafkaError, type KafkaRecord } from "../../services/Kafka.ts"
import { Ledger } from "../../services/Ledger.ts"
import { Settings } from "../../services/Settings.ts"
import { sendSpan } from "../../telemetry/messagingSpan.ts"
import { countCommunication, countDeadLetter, countFailure } from "../../telemetry/metrics.ts"
import { traced } from "../../telemetry/traced.ts"
import { publish } from "../communication/publishResponse.ts"
import { journeyLabel } from "../communication/reportEnd.ts"

export const originOf = ({ offset, partition, topic }: KafkaRecord): Origin => ({ topic, partition, offset })

/** What a record says of itself, as far as it could be read. */
export interface RecordIdentity {
  readonly id: string | undefined
  readonly channels: ReadonlyArray<Channel>
  readonly journey?: string
}

const detailLimit = 1024

/** At most 1 KiB of UTF-8 (CONTRACT "Dead letter"), never half a character. */
const cutDetail = (detalhe: string): string => {
  const { read } = new TextEncoder().encodeInto(detalhe, new Uint8Array(detailLimit))
  return detalhe.slice(0, read)
}

/** The original bytes with the reason in headers (CONTRACT "Dead letter"); without its value where that is too large. */
const publishDeadLetter = Effect.fnUntraced(function* (record: KafkaRecord, refusal: Refusal) {
  const kafka = yield* Kafka
  const { topics } = yield* Settings
  const letter = {
    topic: record.topic === topics.inbound ? topics.inboundDlq : topics.inDlq,
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      "dlq-codigo": refusal.codigo,
      "dlq-detalhe": cutDetail(refusal.detalhe),
      "dlq-topico": record.topic,
      "dlq-particao": String(record.partition),
      "dlq-offset": String(record.offset),
      "dlq-timestamp": String(record.timestamp)
    }
  }
  const truncated = { ...letter, value: null, headers: { ...letter.headers, "dlq-truncado": "true" } }
  const isTooLarge = (error: KafkaError) => error.reason === "TooLarge"
  yield* kafka.publish(letter).pipe(
    Effect.catchIf(isTooLarge, () => kafka.publish(truncated)),
    Effect.orDie,
    sendSpan(letter.topic, { "error.type": refusal.codigo })
  )
  yield* countDeadLetter(record.topic, refusal.codigo)
})

interface RefusedAs {
  /** Of several events in one record, which. */
  readonly index?: number
  /** Whether the record is to become a dead letter, where the refusal asks for one. */
  readonly letter?: boolean
}

/** The dead letter of a record that does nothing, where it has one, and its failure response. */
const publishRefusal = Effect.fnUntraced(function* (
  record: KafkaRecord,
  refusal: Refusal,
  { channels, id }: RecordIdentity,
  { index = 0, letter = true }: RefusedAs = {}
) {
  yield* Effect.logWarning(`record refused: ${refusal.codigo}`)
  if (refusal.deadLetter && letter) yield* publishDeadLetter(record, refusal)
  yield* countFailure("record", refusal.codigo)
  // The record's own time: nothing is stored of a refused record, and a delivery after a crash says the same (SPEC 7.3).
  const at = isoTime(record.timestamp)
  yield* publish(refusalResponse({ refusal, origin: originOf(record), id, channels, at, index }))
})

/** Ends a record that does nothing: its dead letter where it has one, its failure response, its row in the ledger. */
export const rejectRecord = Effect.fnUntraced(function* (record: KafkaRecord, refusal: Refusal, named: RecordIdentity) {
  const { id } = named
  const ledger = yield* Ledger
  const origin = originOf(record)
  if ((yield* ledger.ending(origin)) !== undefined) return
  yield* publishRefusal(record, refusal, named)
  const at = yield* Clock.currentTimeMillis
  yield* ledger.end([
    { origin, ending: refusal.deadLetter ? "dead_letter" : "refused", ...(id !== undefined && { id }), at }
  ])
  if (refusal.evento === "comunicacao") yield* countCommunication(yield* journeyLabel(named.journey ?? ""), "failure")
}, traced("refuse"))

/** An event that ends without being applied. */
export interface RefusedEvent {
  readonly refusal: Refusal
  readonly id: string | undefined
  /** Of several events in one record, which. */
  readonly index: number
}

/**
 * Events of one record that are refused: a failure response for each, and one dead letter for all of them, unless the
 * ledger says that the record has had one (CONTRACT "Dead letter"). Whoever calls tells the ledger.
 */
export const rejectEvents = Effect.fnUntraced(function* (record: KafkaRecord, refused: ReadonlyArray<RefusedEvent>) {
  if (refused.length === 0) return
  const ledger = yield* Ledger
  let letter = (yield* ledger.ending(originOf(record)))?.ending !== "dead_letter"
  for (const { id, index, refusal } of refused) {
    yield* publishRefusal(record, refusal, { id, channels: [] }, { index, letter })
    letter = false
  }
})
