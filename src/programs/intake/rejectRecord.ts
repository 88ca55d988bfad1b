import { Clock, Effect } from "effect"

import type { Channel } from "../../domain/outbound/Outbound.ts"
import { inGeneration, type Origin } from "../../domain/record/Origin.ts"
import { RecordHeaders } from "../../domain/record/RecordHeaders.ts"
import { markOf } from "../../domain/record/RecordMark.ts"
import { timestampText } from "../../domain/record/recordTime.ts"
import { type Refusal, refusalResponse } from "../../domain/responses/refusal.ts"
import { isoTime } from "../../domain/values/parseTime.ts"
import { Kafka, type KafkaError, type KafkaRecord, type NewRecord } from "../../services/Kafka.ts"
import { Ledger } from "../../services/Ledger.ts"
import { Settings } from "../../services/Settings.ts"
import { Tallies } from "../../services/Tallies.ts"
import { sendSpan } from "../../telemetry/messagingSpan.ts"
import { countCommunication, countDeadLetter, countFailure } from "../../telemetry/metrics.ts"
import { traced } from "../../telemetry/traced.ts"
import { publish } from "../communication/publishResponse.ts"
import { journeyLabel } from "../communication/reportEnd.ts"

export const originOf = ({ generation, offset, partition, topic }: KafkaRecord): Origin => ({
  topic,
  partition,
  offset,
  ...inGeneration(generation)
})

/** What identifies a record, as far as it could be read. */
export interface RecordIdentity {
  readonly id: string | undefined
  readonly channels: ReadonlyArray<Channel>
  readonly journey?: string
}

/** An event that ends without being applied. */
export interface RefusedEvent {
  readonly refusal: Refusal
  readonly id: string | undefined
  /** Position of the event in its record. */
  readonly index: number
}

const detailLimit = 1024

/** Cuts the text to at most 1 KiB of UTF-8 (CONTRACT "Dead letter"), never inside a character. */
const cutDetail = (detalhe: string): string => {
  const { read } = new TextEncoder().encodeInto(detalhe, new Uint8Array(detailLimit))
  return detalhe.slice(0, read)
}

const truncatedHeader = "dlq-truncado"
/** Which of the partition's logs the original was in, from the second one on (SPEC 9.10). */
const generationHeader = "dlq-geracao"

/** The dead letter of a record, and the smaller ones to publish in its place while it is too large, in order. */
const lettersOf = (
  topic: string,
  record: KafkaRecord,
  refusal: Refusal
): readonly [NewRecord, ...ReadonlyArray<NewRecord>] => {
  const { key, value } = record
  const reason: ReadonlyArray<readonly [name: string, value: string]> = [
    ["dlq-codigo", refusal.codigo],
    ["dlq-detalhe", cutDetail(refusal.detalhe)],
    ["dlq-topico", record.topic],
    ["dlq-particao", String(record.partition)],
    ["dlq-offset", String(record.offset)],
    ["dlq-timestamp", timestampText(record)],
    ...Object.values(inGeneration(record.generation)).map((it) => [generationHeader, String(it)] as const)
  ]
  const own = record.headers.without([truncatedHeader, generationHeader, ...reason.map(([name]) => name)])
  const without = (omitted: string) => RecordHeaders.of([...reason, [truncatedHeader, omitted]])
  return [
    { topic, key, value, headers: own.concat(RecordHeaders.of(reason)) },
    { topic, key, value: null, headers: own.concat(without("true")) },
    { topic, key, value: null, headers: without("value,headers") },
    { topic, key: null, value: null, headers: without("value,headers,key") }
  ]
}

/**
 * Publishes the original bytes with the reason in headers (CONTRACT "Dead letter"). If the letter is too large, leaves
 * out the value, then the headers, then the key, so that each record can end.
 */
const publishDeadLetter = Effect.fnUntraced(function* (record: KafkaRecord, refusal: Refusal) {
  const kafka = yield* Kafka
  const { topics } = yield* Settings
  const topic = record.topic === topics.inbound ? topics.inboundDlq : topics.inDlq
  const [letter, ...smaller] = lettersOf(topic, record, refusal)
  const isTooLarge = (error: KafkaError) => error.reason === "TooLarge"
  yield* smaller
    .reduce(
      (published, next) => Effect.catchIf(published, isTooLarge, () => kafka.publish(next)),
      kafka.publish(letter)
    )
    .pipe(Effect.orDie, sendSpan(topic, { "error.type": refusal.codigo }))
  yield* countDeadLetter(record.topic, refusal.codigo)
})

interface RefusedAs {
  /** Position of the event in its record. */
  readonly index?: number
  /** Whether to publish a dead letter if the refusal requires one. */
  readonly letter?: boolean
}

/** Counts the refusal for the overview. No fact records it (SPEC 1.6). */
const tallyRefusal = Effect.fnUntraced(function* ({ codigo }: Refusal, journey: string | undefined) {
  const tallies = yield* Tallies
  const label = yield* journeyLabel(journey ?? "")
  yield* tallies.count([{ what: "failure", codigo, channel: "record", journey: label }], yield* Clock.currentTimeMillis)
})

/** Publishes the failure response of a record or event that is refused, after its dead letter if it has one. */
const publishRefusal = Effect.fnUntraced(function* (
  record: KafkaRecord,
  refusal: Refusal,
  { channels, id, journey }: RecordIdentity,
  { index = 0, letter = true }: RefusedAs = {}
) {
  yield* Effect.logWarning(`record refused: ${refusal.codigo}`).pipe(
    Effect.annotateLogs("detalhe", cutDetail(refusal.detalhe))
  )
  if (refusal.deadLetter && letter) yield* publishDeadLetter(record, refusal)
  yield* countFailure("record", refusal.codigo)
  yield* tallyRefusal(refusal, journey)
  // Use the record's own time. Nothing is stored of a refused record, so a delivery after a crash publishes the same
  // response (SPEC 7.3).
  const at = isoTime(record.timestamp)
  yield* publish(refusalResponse({ refusal, origin: originOf(record), id, channels, at, index }))
})

/**
 * Ends a refused record: publishes its dead letter, if it has one, and its failure response, and writes its row in the
 * ledger.
 */
export const rejectRecord = Effect.fnUntraced(function* (
  record: KafkaRecord,
  refusal: Refusal,
  identity: RecordIdentity
) {
  const { id } = identity
  const ledger = yield* Ledger
  const origin = originOf(record)
  if ((yield* ledger.ending(origin)) !== undefined) return
  yield* publishRefusal(record, refusal, identity)
  const at = yield* Clock.currentTimeMillis
  const ending = refusal.deadLetter ? "dead_letter" : "refused"
  yield* ledger.end([{ origin, ending, ...(id !== undefined && { id }), at, mark: markOf(record) }])
  if (refusal.evento === "comunicacao")
    yield* countCommunication(yield* journeyLabel(identity.journey ?? ""), "failure")
}, traced("refuse"))

/**
 * Publishes a failure response for each refused event of one record, and one dead letter for all of them (CONTRACT
 * "Dead letter"). Publishes no dead letter if the record has one by the ledger. The caller writes the ending to the
 * ledger.
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
