import { Kafka, logLevel } from "kafkajs"

import { applyEvent } from "./applyEvent.ts"
import { communicate } from "./communicate.ts"
import { makeLimit } from "./limit.ts"
import { makePublisher } from "./publish.ts"

/**
 * The baseline: the least that makes the same requests for the same records. Kafka in, vendors over undici, Kafka out.
 * It has no journal, no actor, no schema, no retry and no telemetry. Any failure ends it.
 */
const { env } = process
const kafka = new Kafka({
  clientId: "bare",
  brokers: (env["KAFKA_BROKERS"] ?? "").split(","),
  logLevel: logLevel.ERROR
})
const topicIn = env["TOPIC_IN"] ?? ""
const producer = kafka.producer()
const consumer = kafka.consumer({ groupId: env["KAFKA_GROUP_ID"] ?? "", maxWaitTimeInMs: 500 })
const limit = makeLimit(Number(env["MAX_IN_FLIGHT"]))

const publish = makePublisher(producer, env["TOPIC_RESPONSE"] ?? "")

await Promise.all([producer.connect(), consumer.connect()])
await consumer.subscribe({ topics: [topicIn, env["TOPIC_INBOUND"] ?? ""], fromBeginning: true })
await consumer.run({
  partitionsConsumedConcurrently: 12,
  eachBatch: async ({ batch, heartbeat }) => {
    const handle = batch.topic === topicIn ? communicate : applyEvent
    // Records of one key run one after the other, as in the service.
    const byKey = Map.groupBy(batch.messages, ({ key }) => String(key))
    await Promise.all(
      Array.from(byKey.values(), async (messages) => {
        for (const { value } of messages) {
          await limit(async () => publish(await handle(String(value))))
          await heartbeat()
        }
      })
    )
  }
})
