import { Effect, Layer, Stream } from "effect"

import { TopicReader, TopicUnreadable } from "../../../services/TopicReader.ts"
import { KafkaMemoryBroker } from "./KafkaMemory.ts"

/** Reads the topics of `KafkaMemoryBroker`. */
export const TopicReaderMemory: Layer.Layer<TopicReader, never, KafkaMemoryBroker> = Layer.effect(
  TopicReader,
  Effect.map(KafkaMemoryBroker, ({ broker }) =>
    TopicReader.of({
      read: (topic) =>
        Stream.suspend(() => {
          if (!broker.reachable) {
            return Stream.fail(new TopicUnreadable({ reason: "Unreachable", topic, detail: "the brokers are away" }))
          }
          return broker.has(topic)
            ? Stream.fromIterable(broker.records(topic))
            : Stream.fail(new TopicUnreadable({ reason: "Missing", topic, detail: "no such topic" }))
        })
    })
  )
)
