import { type Config, Effect, Redacted } from "effect"

import type { KafkaSettings, TopicSettings } from "../../services/Settings.ts"
import * as parse from "./parsers.ts"
import type { Reader } from "./parsers.ts"

const readSasl = Effect.fnUntraced(function* (reader: Reader) {
  const mechanism = yield* reader.optional(
    "KAFKA_SASL_MECHANISM",
    parse.oneOf("plain", "scram-sha-256", "scram-sha-512")
  )
  const username = yield* reader.optional("KAFKA_SASL_USERNAME", parse.text)
  const password = yield* reader.optional("KAFKA_SASL_PASSWORD", parse.secret)
  const given = [mechanism, username, password].filter((value) => value !== undefined)
  if (given.length === 1 || given.length === 2) {
    reader.problems.push(
      "KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: read only some of them, expected all or none"
    )
  }
  return mechanism === undefined
    ? {}
    : { sasl: { mechanism, username: username ?? "", password: password ?? Redacted.make("") } }
})

export const readKafka = Effect.fnUntraced(function* (
  reader: Reader
): Effect.fn.Return<KafkaSettings, Config.ConfigError> {
  return {
    brokers: yield* reader.required("KAFKA_BROKERS", parse.listOf(parse.hostPort), []),
    clientId: yield* reader.withDefault("KAFKA_CLIENT_ID", parse.text, "brom-ctx"),
    groupId: yield* reader.withDefault("KAFKA_GROUP_ID", parse.text, "brom-ctx"),
    ssl: yield* reader.withDefault("KAFKA_SSL", parse.boolean, false),
    ...(yield* readSasl(reader)),
    createTopics: yield* reader.withDefault("KAFKA_CREATE_TOPICS", parse.boolean, false),
    maxBatch: yield* reader.withDefault("KAFKA_MAX_BATCH", parse.byteSize, 16 * 1024 * 1024),
    startAt: yield* reader.withDefault("KAFKA_START_AT", parse.startAt, "earliest")
  }
})

export const readTopics = Effect.fnUntraced(function* (
  reader: Reader
): Effect.fn.Return<TopicSettings, Config.ConfigError> {
  const topicIn = yield* reader.withDefault("TOPIC_IN", parse.topic, "comunicacaoTransacional")
  const inbound = yield* reader.withDefault("TOPIC_INBOUND", parse.topic, "omnichannelRespostaCampanha")
  return {
    in: topicIn,
    response: yield* reader.withDefault("TOPIC_RESPONSE", parse.topic, "comunicacaoTransacionalResponse"),
    inbound,
    inDlq: yield* reader.withDefault("TOPIC_IN_DLQ", parse.topic, `${topicIn}.dlq`),
    inboundDlq: yield* reader.withDefault("TOPIC_INBOUND_DLQ", parse.topic, `${inbound}.dlq`)
  }
})
