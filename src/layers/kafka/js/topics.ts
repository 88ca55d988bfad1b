import { Effect } from "effect"
import kafkajs from "kafkajs"

import type { KafkaSettings } from "../../../services/Settings.ts"
import { type Admin, type BrokerFailure, isAnswer } from "./Admin.ts"
import { type ThrottledWarning, makeThrottledWarning } from "./ThrottledWarning.ts"

/** The number of partitions of a topic that is created for local use (`KAFKA_CREATE_TOPICS`). */
const PARTITIONS = 12
const RETRY_EVERY = 3000

/**
 * Returns which of these topics the brokers do not have, and reports them to `onMissing`. Creates them if the settings
 * say so.
 */
const missingTopics = Effect.fnUntraced(function* (
  admin: Admin,
  settings: KafkaSettings,
  required: ReadonlyArray<string>,
  onMissing: (topics: ReadonlyArray<string>) => void
): Effect.fn.Return<ReadonlyArray<string>, BrokerFailure> {
  const query = Effect.map(
    admin.use((it) => it.listTopics()),
    (existing) => {
      const missing = required.filter((topic) => !existing.includes(topic))
      onMissing(missing)
      return missing
    }
  )
  const missing = yield* query
  if (missing.length === 0 || !settings.createTopics) return missing
  const topics = missing.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: 1 }))
  yield* admin.use((it) => it.createTopics({ topics, waitForLeaders: true, timeout: 10_000 }))
  yield* Effect.logInfo(`Kafka topics created: ${missing.join(", ")}`)
  return yield* query
})

/**
 * Waits until the topics exist. Logs which are missing, by the last answer of the brokers, and when the brokers are
 * unavailable.
 */
export const awaitTopics = Effect.fnUntraced(function* (
  admin: Admin,
  settings: KafkaSettings,
  required: ReadonlyArray<string>,
  outage: ThrottledWarning,
  onMissing: (topics: ReadonlyArray<string>) => void
) {
  const shortage = makeThrottledWarning("Kafka topics are missing", "all Kafka topics are there")
  for (;;) {
    const missing = yield* missingTopics(admin, settings, required, onMissing).pipe(
      Effect.tap(() => outage.over),
      Effect.catch((failure) => Effect.as(outage.about(failure.message), undefined))
    )
    if (missing?.length === 0) break
    if (missing !== undefined) yield* shortage.about(missing.join(", "))
    yield* Effect.sleep(RETRY_EVERY)
  }
  yield* shortage.over
})

/** `max.message.bytes` of one topic. It is queried once, and again before anything is rejected because of it. */
export interface TopicLimit {
  /** `undefined` if the brokers do not report it: permission is missing, or they are unavailable. */
  readonly known: Effect.Effect<number | undefined>
  /** Returns the present limit if `size` is more than it, else `undefined`. */
  unless(size: number): Effect.Effect<number | undefined>
}

export const maxMessageBytes = (admin: Admin, topic: string): TopicLimit => {
  let answered = false
  let limit: number | undefined

  const query = Effect.suspend(() => {
    const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ["max.message.bytes"] }]
    return admin.use((it) => it.describeConfigs({ resources, includeSynonyms: false }))
  }).pipe(
    Effect.map((answer) => {
      const value = Number(answer.resources[0]?.configEntries[0]?.configValue)
      answered = true
      limit = Number.isSafeInteger(value) && value > 0 ? value : undefined
    }),
    Effect.catch((failure) => {
      // After any other failure the limit is queried again.
      answered = isAnswer(failure)
      return Effect.logDebug(`max.message.bytes of ${topic} is unknown: ${failure.message}`)
    })
  )
  const known = Effect.suspend(() => (answered ? Effect.succeed(limit) : Effect.map(query, () => limit)))
  const exceeded = (size: number) => (limit !== undefined && size > limit ? limit : undefined)

  return {
    known,
    unless: (size) =>
      Effect.suspend(() => (exceeded(size) === undefined ? Effect.undefined : Effect.map(query, () => exceeded(size))))
  }
}
