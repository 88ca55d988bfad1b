import type { RecordHeaders } from "../domain/record/RecordHeaders.ts"
import { spanned, spanOf } from "./traced.ts"

/** The position of a record and its headers, which may contain a `traceparent`. */
export interface TracedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly headers: RecordHeaders
}

/** The producer's `traceparent` header. `undefined` without one. */
export const traceparentOf = ({ headers }: Pick<TracedRecord, "headers">): string | undefined => {
  const header = headers.get("traceparent")
  return header === undefined ? undefined : new TextDecoder().decode(header)
}

/** The producer's span, whose companions its children pass on. */
const producerSpan = (record: TracedRecord) => {
  const [tracestate, baggage] = [record.headers.get("tracestate"), record.headers.get("baggage")]
  return spanOf(traceparentOf(record), { ...(tracestate && { tracestate }), ...(baggage && { baggage }) })
}

const attributesOf = ({ offset, partition, topic }: TracedRecord, group: string) => ({
  "messaging.system": "kafka",
  "messaging.operation.name": "process",
  "messaging.operation.type": "process",
  "messaging.destination.name": topic,
  "messaging.destination.partition.id": String(partition),
  "messaging.consumer.group.name": group,
  "messaging.kafka.offset": offset
})

/**
 * A span for processing one record, in the producer's trace or else in a trace of its own (OpenTelemetry, messaging
 * spans).
 */
export const processSpan = (record: TracedRecord, group: string, attributes: Readonly<Record<string, unknown>>) => {
  const parent = producerSpan(record)
  return spanned(`process ${record.topic}`, {
    kind: "consumer",
    ...(parent === undefined ? { root: true } : { parent }),
    attributes: { ...attributesOf(record, group), ...attributes }
  })
}

/** A span for processing a record long after its arrival, in a trace of its own that links to the producer's. */
export const laterProcessSpan = (record: TracedRecord, group: string) => {
  const producer = spanOf(traceparentOf(record))
  return spanned(`process ${record.topic}`, {
    kind: "consumer",
    root: true,
    links: producer === undefined ? [] : [{ span: producer, attributes: {} }],
    attributes: attributesOf(record, group)
  })
}

/** A span for sending one record to a topic, until the brokers have acknowledged it. */
export const sendSpan = (topic: string, attributes: Readonly<Record<string, unknown>>) =>
  spanned(`send ${topic}`, {
    kind: "producer",
    attributes: {
      "messaging.system": "kafka",
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.destination.name": topic,
      ...attributes
    }
  })
