import { Effect, Layer, Stream } from "effect"

import { Settings } from "../services/Settings.ts"
import { TopicReader, TopicUnreadable } from "../services/TopicReader.ts"
import { makeAdmin } from "./kafka/js/Admin.ts"
import { clientMaker } from "./kafka/js/client.ts"
import type { BrokerFailure } from "./kafka/js/failure.ts"
import { readTopic } from "./kafka/js/readTopic.ts"

const make = Effect.gen(function* () {
  const { kafka } = yield* Settings
  const makeClient = yield* clientMaker(kafka)
  const admin = yield* makeAdmin(makeClient)
  const brokers = kafka.brokers.join(", ")

  const unreachable = (topic: string) => (failure: BrokerFailure) =>
    new TopicUnreadable({
      reason: "Unreachable",
      topic,
      detail: `Kafka brokers ${brokers} (KAFKA_BROKERS) do not answer: ${failure.message}`
    })

  /** Asked by name first: brokers that make topics of themselves must not make one for a question. */
  const existing = Effect.fnUntraced(function* (topic: string) {
    const topics = yield* Effect.mapError(
      admin.use((it) => it.listTopics()),
      unreachable(topic)
    )
    if (topics.includes(topic)) return
    return yield* new TopicUnreadable({ reason: "Missing", topic, detail: `no such topic at ${brokers}` })
  })

  return TopicReader.of({
    read: (topic) =>
      Stream.unwrap(
        Effect.as(
          existing(topic),
          readTopic(makeClient, admin, kafka.groupId, topic).pipe(
            Stream.mapError((error) => (error._tag === "BrokerFailure" ? unreachable(topic)(error) : error))
          )
        )
      )
  })
})

/**
 * Topics of real brokers, read through a group of its own for each reading, `KAFKA_GROUP_ID` and a random suffix, which is
 * deleted afterwards.
 */
export const TopicReaderKafkaJs: Layer.Layer<TopicReader, never, Settings> = Layer.effect(TopicReader, make)
