import { spanned } from "./traced.ts"
import { spanOf } from "./traceparent.ts"

/** Where a record lies, and the `traceparent` that it came with. */
export interface TracedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly headers: Readonly<Record<string, Uint8Array>>
}

/** The producer's `traceparent` header. */
export const traceparentOf = ({ headers }: Pick<TracedRecord, "headers">): string | undefined => {
  const header = headers["traceparent"]
  return header === undefined ? undefined : new TextDecoder().decode(header)
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

/** Work on one record in the producer's trace, or in one of its own where it came without (OpenTelemetry, messaging spans). */
export const processSpan = (record: TracedRecord, group: string, attributes: Readonly<Record<string, unknown>>) => {
  const parent = spanOf(traceparentOf(record))
  return spanned(`process ${record.topic}`, {
    kind: "consumer",
    ...(parent === undefined ? { root: true } : { parent }),
    attributes: { ...attributesOf(record, group), ...attributes }
  })
}

/** Work on one record that begins long after it came: a trace of its own, linked to its producer's. */
export const laterProcessSpan = (record: TracedRecord, group: string) => {
  const producer = spanOf(traceparentOf(record))
  return spanned(`process ${record.topic}`, {
    kind: "consumer",
    root: true,
    links: producer === undefined ? [] : [{ span: producer, attributes: {} }],
    attributes: attributesOf(record, group)
  })
}

/** One record on its way to a topic, until the brokers have acknowledged it. */
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
