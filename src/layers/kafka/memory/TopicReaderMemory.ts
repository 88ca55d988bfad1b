import { Effect, Layer, Stream } from "effect"

import { TopicReader, TopicUnreadable } from "../../../services/TopicReader.ts"
import { KafkaMemoryBroker } from "./KafkaMemory.ts"

/** Topics of `KafkaMemoryBroker`. */
export const TopicReaderMemory: Layer.Layer<TopicReader, never, KafkaMemoryBroker> = Layer.effect(
  TopicReader,
  Effect.map(KafkaMemoryBroker, ({ cluster }) =>
    TopicReader.of({
      read: (topic) =>
        Stream.suspend(() => {
          if (!cluster.reachable) {
            return Stream.fail(new TopicUnreadable({ reason: "Unreachable", topic, detail: "the brokers are away" }))
          }
          return cluster.has(topic)
            ? Stream.fromIterable(cluster.records(topic))
            : Stream.fail(new TopicUnreadable({ reason: "Missing", topic, detail: "no such topic" }))
        })
    })
  )
)
