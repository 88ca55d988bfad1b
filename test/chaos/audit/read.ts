import { Effect, Layer, Stream } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { originKey } from "../../../src/domain/record/Origin.ts"
import { TopicReaderKafkaJs } from "../../../src/layers/kafka/js/TopicReaderKafkaJs.ts"
import type { KafkaRecord } from "../../../src/services/Kafka.ts"
import { TopicReader } from "../../../src/services/TopicReader.ts"
import type { Arrived, Observed, Response } from "../../simulation/invariants/Observed.ts"
import { headersOf } from "../../support/scene.ts"
import { SettingsTest } from "../../support/settings.ts"
import { jsonOf } from "../../support/World.ts"
import type { Parts } from "../Parts.ts"
import { groupId, numberHeader, topics } from "../Topics.ts"
import type { Traffic } from "../traffic.ts"

/** A response, and when the broker took it, epoch milliseconds. */
export interface Published {
  readonly at: number
  readonly response: Response
}

/** A record of the traffic as it is in its topic, and when the broker took it. */
export interface Taken extends Arrived {
  readonly at: number
}

/** Everything that is visible from outside once the service is quiet. */
export interface Evidence extends Observed {
  readonly arrived: ReadonlyArray<Taken>
  readonly published: ReadonlyArray<Published>
}

const originOf = ({ offset, partition, topic }: KafkaRecord) => originKey({ topic, partition, offset })

const letterOf = (letter: KafkaRecord) => {
  const headers = headersOf(letter)
  return `${headers["dlq-topico"]}/${headers["dlq-particao"]}/${headers["dlq-offset"]}`
}

const keyOf = ({ origem }: Response) => origem && `${origem.topico}/${origem.particao}/${origem.offset}`

/** Reads the topics, the vendors' state and the ledger. */
export const readEvidence = Effect.fnUntraced(function* ({ database, kafka, vendors }: Parts, { deliveries }: Traffic) {
  const reader = yield* TopicReader.pipe(
    Effect.provide(
      Layer.provide(TopicReaderKafkaJs, SettingsTest({ kafka: { brokers: kafka.brokers, groupId }, topics }))
    )
  )
  const read = (topic: string) => Effect.orDie(Stream.runCollect(reader.read(topic)))
  const published = (yield* read(topics.response)).map((record): Published => {
    return { at: record.timestamp, response: jsonOf(record) as Json & Response }
  })
  const responses = published.map(({ response }) => response)
  const byOrigin = Map.groupBy(responses, keyOf)
  const letters = Map.groupBy([...(yield* read(topics.inDlq)), ...(yield* read(topics.inboundDlq))], letterOf)
  const endings = yield* database.endings
  const facts = yield* database.facts
  const takenOf = (record: KafkaRecord): Taken => {
    const delivery = deliveries[Number(headersOf(record)[numberHeader])]
    const origin = originOf(record)
    if (delivery === undefined) throw new Error(`${origin} was never produced`)
    return {
      ...delivery,
      origin,
      at: record.timestamp,
      ending: endings.get(origin),
      responses: byOrigin.get(origin) ?? [],
      deadLetters: letters.get(origin)?.length ?? 0
    }
  }
  const arrived = [...(yield* read(topics.in)), ...(yield* read(topics.inbound))].map(takenOf)
  const { cases, consumers } = yield* vendors.cases
  const evidence: Evidence = {
    arrived,
    published,
    responses,
    cases,
    consumers,
    accepted: yield* vendors.accepted,
    facts: (id) => facts.get(id) ?? []
  }
  return evidence
}, Effect.scoped)
