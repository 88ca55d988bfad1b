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
  // It rejects only if nothing was sent.
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

/** The producer's side: topics with timestamps of the broker's clock, and records that are sent until they are acknowledged. */
export const makeTopics = Effect.fnUntraced(function* (brokers: ReadonlyArray<string>) {
  const kafka = new Kafka({
    clientId: "chaos-load",
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 1000 }
  })
  const admin = kafka.admin()
  // The broker recognizes by its sequence number a repeat of a record that it took before it crashed.
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  yield* Effect.acquireRelease(
    Effect.promise(() => Promise.all([admin.connect(), producer.connect()])),
    () => Effect.ignore(Effect.promise(() => Promise.all([producer.disconnect(), admin.disconnect()])))
  )
  // A broker may not know the topics that it has just created when kafkajs requests their leaders, so the call is repeated.
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
    /** Returns when the brokers have acknowledged all of them, however long they are unavailable. */
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
    /** Records that the group has not committed. Brokers that have just started are asked until they know their leaders. */
    lag: Effect.tryPromise(async () => {
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
    }).pipe(Effect.retry({ times: 120, schedule: Schedule.spaced("500 millis") }), Effect.orDie)
  }
})
