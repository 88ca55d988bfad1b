import { Context, Schema, type Stream } from "effect"

import type { KafkaRecord } from "./Kafka.ts"

/** A topic could not be read to its end: brokers away, no such topic, nothing more came for a while, or what came is damaged. */
export class TopicUnreadable extends Schema.TaggedError<TopicUnreadable>()("TopicUnreadable", {
  reason: Schema.Literals(["Unreachable", "Missing", "Silent", "Undecodable"]),
  topic: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `topic ${this.topic} cannot be read: ${this.detail}`
  }
}

/** Reads topics from outside of the service's group, for operators. */
export class TopicReader extends Context.Service<
  TopicReader,
  {
    /**
     * Every record that the topic holds when reading begins, once, each partition in its order; then it ends. Commits
     * nothing and leaves no group behind. Unlike `Kafka` it waits for nobody: brokers that are away fail it within 15 s.
     */
    read(topic: string): Stream.Stream<KafkaRecord, TopicUnreadable>
  }
>()("brom-ctx/services/TopicReader") {}
