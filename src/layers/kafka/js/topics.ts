import { Effect } from "effect"
import kafkajs from "kafkajs"

import type { KafkaSettings } from "../../../services/Settings.ts"
import type { Admin, BrokerFailure } from "./Admin.ts"
import { type ThrottledWarning, makeComplaint } from "./ThrottledWarning.ts"

/** Partitions of a topic that is created for local use (`KAFKA_CREATE_TOPICS`). */
const PARTITIONS = 12
const AGAIN = 3000

/** Which of these topics the brokers do not have, `onMissing` told; creates them where that is asked for. */
const missingTopics = Effect.fnUntraced(function* (
  admin: Admin,
  settings: KafkaSettings,
  required: ReadonlyArray<string>,
  onMissing: (topics: ReadonlyArray<string>) => void
): Effect.fn.Return<ReadonlyArray<string>, BrokerFailure> {
  const look = Effect.map(
    admin.use((it) => it.listTopics()),
    (existing) => {
      const missing = required.filter((topic) => !existing.includes(topic))
      onMissing(missing)
      return missing
    }
  )
  const missing = yield* look
  if (missing.length === 0 || !settings.createTopics) return missing
  const topics = missing.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: 1 }))
  yield* admin.use((it) => it.createTopics({ topics, waitForLeaders: true, timeout: 10_000 }))
  yield* Effect.logInfo(`Kafka topics created: ${missing.join(", ")}`)
  return yield* look
})

/** Waits until the topics are there; says which are missing, as far as the brokers last told, and when they are away. */
export const awaitTopics = Effect.fnUntraced(function* (
  admin: Admin,
  settings: KafkaSettings,
  required: ReadonlyArray<string>,
  away: ThrottledWarning,
  onMissing: (topics: ReadonlyArray<string>) => void
) {
  const absent = makeComplaint("Kafka topics are missing", "all Kafka topics are there")
  for (;;) {
    const missing = yield* missingTopics(admin, settings, required, onMissing).pipe(
      Effect.tap(() => away.over),
      Effect.catch((failure) => Effect.as(away.about(failure.message), undefined))
    )
    if (missing?.length === 0) break
    if (missing !== undefined) yield* absent.about(missing.join(", "))
    yield* Effect.sleep(AGAIN)
  }
  yield* absent.over
})

/** `max.message.bytes` of one topic, asked for once, and again before anything is refused because of it. */
export interface TopicLimit {
  /** `undefined` where the brokers do not say: not allowed to, or away. */
  readonly known: Effect.Effect<number | undefined>
  /** The limit where `size` is more than it, as it is now; else `undefined`. */
  unless(size: number): Effect.Effect<number | undefined>
}

export const maxMessageBytes = (admin: Admin, topic: string): TopicLimit => {
  let asked = false
  let limit: number | undefined

  const ask = Effect.suspend(() => {
    const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ["max.message.bytes"] }]
    return admin.use((it) => it.describeConfigs({ resources, includeSynonyms: false }))
  }).pipe(
    Effect.map((answer) => {
      const value = Number(answer.resources[0]?.configEntries[0]?.configValue)
      asked = true
      limit = Number.isSafeInteger(value) && value > 0 ? value : undefined
    }),
    Effect.catch((failure) => {
      // A protocol error is the brokers' answer; anything else is asked again.
      asked = /^[A-Z_]+$/.test(failure.code) && !failure.code.startsWith("E")
      return Effect.logDebug(`max.message.bytes of ${topic} is not known: ${failure.message}`)
    })
  )
  const known = Effect.suspend(() => (asked ? Effect.succeed(limit) : Effect.map(ask, () => limit)))
  const over = (size: number) => (limit !== undefined && size > limit ? limit : undefined)

  return {
    known,
    unless: (size) =>
      Effect.suspend(() => (over(size) === undefined ? Effect.undefined : Effect.map(ask, () => over(size))))
  }
}
