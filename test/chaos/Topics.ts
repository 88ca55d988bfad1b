import { Effect, Schedule } from "effect"
import { Kafka, logLevel, type Message, type Producer, type TopicMessages } from "kafkajs"

import { patchKafkaJs } from "../../src/layers/kafka/js/patch.ts"
import type { PartitionOutcome } from "../../src/layers/kafka/js/sendMessages.ts"
import type { Delivery } from "../simulation/scenario/Scenario.ts"

patchKafkaJs()

export const partitions = 6

export const topics = {
  in: "in",
  response: "response",
  inbound: "inbound",
  inDlq: "in.dlq",
  inboundDlq: "inbound.dlq"
}

/** A header of what is produced: its place in the traffic. */
export const numberHeader = "chaos"

export const groupId = "chaos"

/** Until each partition has acknowledged its messages: what one attempt leaves goes out again, unchanged (`sendMessages.ts`). */
const sendAll = async (producer: Producer, batch: ReadonlyArray<TopicMessages>): Promise<void> => {
  const topicMessages = batch.filter(({ messages }) => messages.length > 0)
  if (topicMessages.length === 0) return
  // It rejects only where nothing was sent.
  const outcomes: ReadonlyArray<PartitionOutcome> = await producer.sendBatch({ topicMessages }).catch(() => [])
  const done = new Set(
    outcomes.flatMap(({ error, partition, topicName }) => (error === undefined ? `${topicName}/${partition}` : []))
  )
  const left = topicMessages.map(({ messages, topic }) => ({
    topic,
    messages: messages.filter(({ partition }) => !done.has(`${topic}/${partition}`))
  }))
  if (left.some(({ messages }) => messages.length > 0)) await new Promise((resolve) => setTimeout(resolve, 200))
  return sendAll(producer, left)
}

/** The producer's side: topics stamped by the broker's clock, everything sent until it is acknowledged. */
export const makeTopics = Effect.fnUntraced(function* (brokers: ReadonlyArray<string>) {
  const kafka = new Kafka({
    clientId: "chaos-load",
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 1000 }
  })
  const admin = kafka.admin()
  // A repeat of what a broker took before it went away is recognised by its sequence number.
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  yield* Effect.acquireRelease(
    Effect.promise(() => Promise.all([admin.connect(), producer.connect()])),
    () => Effect.ignore(Effect.promise(() => Promise.all([producer.disconnect(), admin.disconnect()])))
  )
  // A broker that has just created topics may not know them yet when kafkajs asks for their leaders: asked again, it does.
  yield* Effect.tryPromise(() =>
    admin.createTopics({
      topics: Object.values(topics).map((topic) => ({
        topic,
        numPartitions: partitions,
        configEntries: [{ name: "message.timestamp.type", value: "LogAppendTime" }]
      }))
    })
  ).pipe(Effect.retry({ times: 50, schedule: Schedule.spaced("200 millis") }), Effect.orDie)

  return {
    /** Returns when the brokers have them all, however long they are away. */
    send: (some: ReadonlyArray<{ readonly number: number; readonly delivery: Delivery }>) => {
      const messages = (name: Delivery["topic"]) => ({
        topic: topics[name],
        messages: some.flatMap(({ delivery, number }): ReadonlyArray<Message> =>
          delivery.topic === name
            ? [
                {
                  key: null,
                  value: delivery.value,
                  partition: delivery.partition,
                  headers: { [numberHeader]: String(number) }
                }
              ]
            : []
        )
      })
      return Effect.promise(() => sendAll(producer, [messages("in"), messages("inbound")]))
    },
    /** Records that the group has not committed. */
    lag: Effect.promise(async () => {
      let lag = 0
      const read = [topics.in, topics.inbound]
      const committed = await admin.fetchOffsets({ groupId, topics: read })
      for (const topic of read) {
        const places = committed.find((one) => one.topic === topic)?.partitions ?? []
        for (const { high, low, partition } of await admin.fetchTopicOffsets(topic)) {
          const offset = Number(places.find((one) => one.partition === partition)?.offset ?? -1)
          lag += Number(high) - (offset < 0 ? Number(low) : offset)
        }
      }
      return lag
    })
  }
})
