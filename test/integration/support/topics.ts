import { randomUUID } from "node:crypto"

import { Effect, Schedule } from "effect"
import { Kafka, logLevel } from "kafkajs"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { patchKafkaJs } from "../../../src/layers/kafka/js/patch.ts"
import { kafkaBrokers } from "./environment.ts"
import { eventually } from "./service.ts"

patchKafkaJs()

export interface Published {
  readonly key: string | null
  readonly value: Json
  readonly headers: Readonly<Record<string, string>>
  readonly raw: Buffer | null
}

const text = (value: unknown) => (Buffer.isBuffer(value) ? value.toString("utf8") : String(value))

const ownNames = (run: string) => ({
  TOPIC_IN: `in-${run}`,
  TOPIC_RESPONSE: `response-${run}`,
  TOPIC_INBOUND: `inbound-${run}`,
  TOPIC_IN_DLQ: `in-${run}.dlq`,
  TOPIC_INBOUND_DLQ: `inbound-${run}.dlq`
})

/** Topics (used by this run alone unless they are named), a producer, and everything that the service writes. */
export const makeTopics = Effect.fnUntraced(function* (
  brokers: string = kafkaBrokers(),
  given?: ReturnType<typeof ownNames>
) {
  const run = randomUUID().slice(0, 8)
  const names = given ?? ownNames(run)
  const kafka = new Kafka({ clientId: `test-${run}`, brokers: brokers.split(","), logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: `test-${run}` })
  const read = new Map<string, Array<Published>>()

  // A broker may not know the topics that it has just created when kafkajs requests their leaders, so the call is repeated.
  const patiently = (ask: () => Promise<unknown>) =>
    Effect.tryPromise(ask).pipe(Effect.retry({ times: 50, schedule: Schedule.spaced("200 millis") }), Effect.orDie)
  const create = Effect.andThen(
    patiently(() => admin.createTopics({ topics: Object.values(names).map((topic) => ({ topic, numPartitions: 3 })) })),
    patiently(() => admin.fetchTopicMetadata({ topics: Object.values(names) }))
  )
  yield* Effect.acquireRelease(
    Effect.promise(async () => {
      await Promise.all([admin.connect(), producer.connect(), consumer.connect()])
    }),
    () => Effect.promise(() => Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()]))
  )
  const subscribe = patiently(() =>
    consumer.subscribe({
      topics: [names.TOPIC_RESPONSE, names.TOPIC_IN_DLQ, names.TOPIC_INBOUND_DLQ],
      fromBeginning: true
    })
  )
  const listening = Effect.promise(() =>
    consumer.run({
      eachMessage: ({ message, topic }) => {
        const all = read.get(topic) ?? []
        read.set(topic, all)
        const raw = message.value
        all.push({
          raw,
          key: message.key === null ? null : message.key.toString("utf8"),
          value: raw !== null && topic === names.TOPIC_RESPONSE ? JSON.parse(raw.toString("utf8")) : {},
          headers: Object.fromEntries(Object.entries(message.headers ?? {}).map(([key, value]) => [key, text(value)]))
        })
        return Promise.resolve()
      }
    })
  )
  const responses = Effect.sync(() => read.get(names.TOPIC_RESPONSE) ?? [])
  return {
    environment: { ...names, KAFKA_BROKERS: brokers, KAFKA_GROUP_ID: `group-${run}` },
    names,
    admin,
    /** Creates the topics and starts to read what the service writes. */
    open: Effect.andThen(create, Effect.andThen(subscribe, listening)),
    create,
    send: (
      values: ReadonlyArray<string | Buffer | null>,
      key: string | null = null,
      headers: Readonly<Record<string, string>> = {}
    ) =>
      Effect.promise(() =>
        producer.send({ topic: names.TOPIC_IN, messages: values.map((value) => ({ key, value, headers })) })
      ),
    /** Sends events to `TOPIC_INBOUND`. The key decides the partition. */
    sendEvents: (
      messages: ReadonlyArray<{
        readonly key: string | null
        readonly value: string
        readonly headers?: Readonly<Record<string, string>>
      }>
    ) => Effect.promise(() => producer.send({ topic: names.TOPIC_INBOUND, messages: [...messages] })),
    responses,
    /** Polls until the service has written `count` responses; returns all that there are. */
    responded: (count: number, seconds?: number) =>
      Effect.andThen(
        eventually(
          `${count} responses`,
          Effect.map(responses, (all) => all.length >= count),
          seconds
        ),
        responses
      ),
    deadLetters: Effect.sync(() => read.get(names.TOPIC_IN_DLQ) ?? []),
    eventDeadLetters: Effect.sync(() => read.get(names.TOPIC_INBOUND_DLQ) ?? [])
  }
})
