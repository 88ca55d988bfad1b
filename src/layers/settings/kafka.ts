import { X509Certificate } from "node:crypto"
import { createSecureContext } from "node:tls"

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

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Returns why these cannot be used for TLS, without showing a part of them. */
const certificateProblem = (ca: string | undefined, cert: string | undefined, key: string | undefined) => {
  if ((cert === undefined) !== (key === undefined)) {
    return "KAFKA_SSL_CERT, KAFKA_SSL_KEY: read only one of them, expected both or none"
  }
  try {
    if (ca !== undefined) createSecureContext({ ca: new X509Certificate(ca).toString() })
  } catch (error) {
    return `KAFKA_SSL_CA: read no certificate (${reasonOf(error)}), expected a file of PEM certificates`
  }
  try {
    if (cert !== undefined && key !== undefined) createSecureContext({ cert, key })
  } catch (error) {
    return `KAFKA_SSL_CERT, KAFKA_SSL_KEY: cannot be used (${reasonOf(error)}), expected PEM files of a certificate and its key`
  }
  return undefined
}

/** TLS is on if a file for it is given. */
const readTls = Effect.fnUntraced(function* (reader: Reader) {
  const before = reader.problems.length
  const ssl = yield* reader.optional("KAFKA_SSL", parse.boolean)
  const ca = yield* reader.optional("KAFKA_SSL_CA", parse.fileText)
  const cert = yield* reader.optional("KAFKA_SSL_CERT", parse.fileText)
  const key = yield* reader.optional("KAFKA_SSL_KEY", parse.fileText)
  const isGiven = (ca ?? cert ?? key) !== undefined
  if (reader.problems.length === before) {
    const problem =
      isGiven && ssl === false
        ? "KAFKA_SSL: read false beside KAFKA_SSL_CA, KAFKA_SSL_CERT or KAFKA_SSL_KEY, expected true"
        : certificateProblem(ca, cert, key)
    if (problem !== undefined) reader.problems.push(problem)
  }
  return {
    ssl: ssl ?? isGiven,
    ...(isGiven && {
      certificates: {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key: Redacted.make(key) })
      }
    })
  }
})

export const readKafka = Effect.fnUntraced(function* (
  reader: Reader
): Effect.fn.Return<KafkaSettings, Config.ConfigError> {
  return {
    brokers: yield* reader.required("KAFKA_BROKERS", parse.listOf(parse.hostPort), []),
    clientId: yield* reader.withDefault("KAFKA_CLIENT_ID", parse.text, "brom-ctx"),
    groupId: yield* reader.withDefault("KAFKA_GROUP_ID", parse.text, "brom-ctx"),
    ...(yield* readTls(reader)),
    ...(yield* readSasl(reader)),
    createTopics: yield* reader.withDefault("KAFKA_CREATE_TOPICS", parse.boolean, false),
    maxBatch: yield* reader.withDefault("KAFKA_MAX_BATCH", parse.byteSize, 16 * 1024 * 1024),
    startAt: yield* reader.withDefault("KAFKA_START_AT", parse.startAt, "earliest")
  }
})

/**
 * A topic that the service reads has one purpose. If it also wrote its responses or dead letters to it, it would read
 * them and answer them without end.
 */
const sharedTopics = (topics: TopicSettings): ReadonlyArray<string> => {
  const read = { TOPIC_IN: topics.in, TOPIC_INBOUND: topics.inbound }
  const others = {
    TOPIC_INBOUND: topics.inbound,
    TOPIC_RESPONSE: topics.response,
    TOPIC_IN_DLQ: topics.inDlq,
    TOPIC_INBOUND_DLQ: topics.inboundDlq
  }
  return Object.entries(others).flatMap(([name, topic]) => {
    const same = Object.entries(read).find(([other, its]) => other !== name && its === topic)
    return same === undefined
      ? []
      : [`${name}: read ${JSON.stringify(topic)}, which is ${same[0]}, expected another topic`]
  })
}

export const readTopics = Effect.fnUntraced(function* (
  reader: Reader
): Effect.fn.Return<TopicSettings, Config.ConfigError> {
  const topicIn = yield* reader.withDefault("TOPIC_IN", parse.topic, "comunicacaoTransacional")
  const inbound = yield* reader.withDefault("TOPIC_INBOUND", parse.topic, "omnichannelRespostaCampanha")
  const topics: TopicSettings = {
    in: topicIn,
    response: yield* reader.withDefault("TOPIC_RESPONSE", parse.topic, "comunicacaoTransacionalResponse"),
    inbound,
    inDlq: yield* reader.withDefault("TOPIC_IN_DLQ", parse.topic, `${topicIn}.dlq`),
    inboundDlq: yield* reader.withDefault("TOPIC_INBOUND_DLQ", parse.topic, `${inbound}.dlq`)
  }
  reader.problems.push(...sharedTopics(topics))
  return topics
})
