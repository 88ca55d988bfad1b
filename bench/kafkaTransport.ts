import { randomUUID } from "node:crypto"

import { Effect, Schedule } from "effect"
import { type IHeaders, Kafka, logLevel } from "kafkajs"

import { patchKafkaJs } from "../src/layers/kafka/js/patch.ts"
import type { Arrivals } from "./Arrivals.ts"
import type { Transport } from "./Transport.ts"

patchKafkaJs()

const partitions = 6

const namesOf = (run: string) => ({
  TOPIC_IN: `bench-in-${run}`,
  TOPIC_RESPONSE: `bench-response-${run}`,
  TOPIC_INBOUND: `bench-inbound-${run}`,
  TOPIC_IN_DLQ: `bench-in-${run}.dlq`,
  TOPIC_INBOUND_DLQ: `bench-inbound-${run}.dlq`
})

/** Retries, because a broker that has just created topics may not know them yet when kafkajs asks for their leaders. */
const patiently = (ask: () => Promise<unknown>) =>
  Effect.tryPromise(ask).pipe(Effect.retry({ times: 50, schedule: Schedule.spaced("200 millis") }), Effect.orDie)

const text = (headers: IHeaders | undefined, name: string) => String(headers?.[name] ?? "")

/** Topics on real brokers, for this turn alone and deleted afterwards. Only key and headers of a response are read. */
export const kafkaTransport = Effect.fnUntraced(function* (brokers: string, arrivals: Arrivals) {
  const run = randomUUID().slice(0, 8)
  const names = namesOf(run)
  const kafka = new Kafka({ clientId: `bench-${run}`, brokers: brokers.split(","), logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer()]
  const consumer = kafka.consumer({ groupId: `bench-${run}`, maxWaitTimeInMs: 100 })
  const topics = Object.values(names)
  yield* Effect.acquireRelease(
    Effect.promise(() => Promise.all([admin.connect(), producer.connect(), consumer.connect()])),
    () =>
      Effect.promise(async () => {
        await Promise.all([consumer.disconnect(), producer.disconnect()])
        await admin.deleteTopics({ topics })
        await admin.disconnect()
        // kafkajs may wait indefinitely for a fetch that was lost. The figures exist already, and a topic that stays
        // does no harm.
      }).pipe(Effect.interruptible, Effect.timeoutOption("15 seconds"), Effect.ignoreCause)
  )
  yield* patiently(() => admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: partitions })) }))
  yield* patiently(() => admin.fetchTopicMetadata({ topics }))
  yield* patiently(() => consumer.subscribe({ topic: names.TOPIC_RESPONSE, fromBeginning: true }))
  yield* Effect.promise(() =>
    consumer.run({
      eachBatch: ({ batch }) => {
        const now = performance.now()
        for (const { headers, key } of batch.messages) {
          const [evento, status] = [text(headers, "evento"), text(headers, "response_status")]
          arrivals.arrived({ key: String(key), evento, status }, now)
        }
        return Promise.resolve()
      }
    })
  )
  const transport: Transport = {
    environment: { ...names, KAFKA_BROKERS: brokers, KAFKA_GROUP_ID: `bench-service-${run}` },
    attach: () => {},
    send: (topic, orders) =>
      Effect.promise(() =>
        producer.send({
          topic: names[topic],
          messages: orders.map(({ key, recordKey, value }) => ({ key: recordKey ?? key, value }))
        })
      )
  }
  return transport
})
