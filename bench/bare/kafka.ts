import { Kafka, logLevel, type Message } from "kafkajs"

import { applyEvent } from "./applyEvent.ts"
import { type BareResponse, communicate } from "./communicate.ts"
import { makeLimit } from "./limit.ts"

/**
 * The baseline: the least that does the same requests for the same records. Kafka in, vendors over undici, Kafka out; no journal, no
 * actor, no schema, no retry, no telemetry. Whatever goes wrong ends it.
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

let waiting: Array<{ readonly message: Message; readonly acknowledged: () => void }> = []
let sending = false

/** One request at a time; what comes meanwhile goes out together. */
const flush = async () => {
  if (sending) return
  sending = true
  while (waiting.length > 0) {
    const batch = waiting
    waiting = []
    await producer.send({
      topic: env["TOPIC_RESPONSE"] ?? "",
      acks: -1,
      messages: batch.map(({ message }) => message)
    })
    for (const { acknowledged } of batch) acknowledged()
  }
  sending = false
}

const publish = ({ evento, key, value }: BareResponse) =>
  new Promise<void>((acknowledged) => {
    waiting.push({
      message: { key, value, headers: { id_correlacao: key, evento, response_status: "success" } },
      acknowledged
    })
    void flush()
  })

await Promise.all([producer.connect(), consumer.connect()])
await consumer.subscribe({ topics: [topicIn, env["TOPIC_INBOUND"] ?? ""], fromBeginning: true })
await consumer.run({
  partitionsConsumedConcurrently: 12,
  eachBatch: async ({ batch, heartbeat }) => {
    const handle = batch.topic === topicIn ? communicate : applyEvent
    // Records of one key one after the other, as the service does.
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
