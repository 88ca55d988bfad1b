import { Context, Schema, type Stream } from "effect"

import type { KafkaRecord } from "./Kafka.ts"

/**
 * A topic could not be read to its end: the brokers are unreachable, the topic does not exist, no more records came for
 * a while, or the records are damaged.
 */
export class TopicUnreadable extends Schema.TaggedError<TopicUnreadable>()("TopicUnreadable", {
  reason: Schema.Literals(["Unreachable", "Missing", "Silent", "Undecodable"]),
  topic: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `topic ${this.topic} cannot be read: ${this.detail}`
  }
}

/** Reads topics outside the service's group, for operators. */
export class TopicReader extends Context.Service<
  TopicReader,
  {
    /**
     * Returns every record that the topic holds when reading begins, once, each partition in its order, and then ends.
     * Commits nothing and leaves no group behind. Unlike `Kafka` it does not wait: unreachable brokers fail it within
     * 15 s.
     */
    read(topic: string): Stream.Stream<KafkaRecord, TopicUnreadable>
  }
>()("brom-ctx/services/TopicReader") {}
