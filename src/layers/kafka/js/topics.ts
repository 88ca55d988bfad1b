import { Effect } from "effect"

import type { KafkaSettings } from "../../../services/Settings.ts"
import type { Admin } from "./Admin.ts"
import type { Complaint } from "./Complaint.ts"
import { makeComplaint } from "./Complaint.ts"
import type { BrokerFailure } from "./failure.ts"

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
  away: Complaint,
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
