import { Effect, Layer } from "effect"
import { Command } from "effect/cli"

import { KafkaJs } from "../layers/kafka/js/KafkaJs.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { type Audit, audit, type AuditedPartition } from "../programs/upkeep/audit.ts"
import { ProblemFound } from "./exitCodes.ts"
import { OperatorJournal, withinPatience } from "./layers.ts"
import { json, print, table } from "./output.ts"

const head = ["topic/partition", "first", "committed", "ended", "skipped", "undelivered", "unaccounted"]

const row = (it: AuditedPartition): ReadonlyArray<string> => [
  `${it.topic}/${it.partition}`,
  ...[it.first, it.committed, it.ended, it.skipped, it.undelivered, it.unaccounted].map(String)
]

const missing = ({ earliest, missing: ranges = [], partition, topic }: AuditedPartition): ReadonlyArray<string> =>
  ranges.map(({ first, last }) => {
    const offsets = first === last ? `offset ${first}` : `offsets ${first} to ${last}`
    const availability =
      last < earliest ? "no longer in Kafka" : first < earliest ? `in Kafka from ${earliest} on` : "still in Kafka"
    return `UNACCOUNTED: ${topic}/${partition} ${offsets}, ${availability}`
  })

const lines = ({ overdue, stalled, topics, unaccounted }: Audit): ReadonlyArray<string> => [
  ...table([head, ...topics.map(row)]),
  "",
  ...topics.flatMap(missing),
  `${unaccounted} records unaccounted for`,
  `${stalled} communications stalled, ${overdue} overdue`
]

const variables = [
  "KAFKA_",
  "TOPIC_",
  "DATABASE_URL",
  "DATA_DIR",
  "RETRY_",
  "BREAKER_",
  "WENI_TIMEOUT",
  "SERVICENOW_TIMEOUT"
]

/** `ctx audit`: compares every taken record with its ending (SPEC 2.7). */
export const auditCommand = Command.make(
  "audit",
  { json },
  Effect.fnUntraced(
    function* ({ json: asJson }) {
      const found = yield* withinPatience(audit(), "Kafka (KAFKA_BROKERS) or the database (DATABASE_URL)")
      yield* print(asJson, found, lines(found))
      const problems = [
        ...(found.unaccounted > 0 ? [`${found.unaccounted} records have no ending`] : []),
        ...(found.stalled > 0 ? [`${found.stalled} communications are stalled`] : []),
        ...(found.overdue > 0 ? [`${found.overdue} communications are overdue`] : [])
      ]
      if (problems.length > 0) return yield* new ProblemFound({ detail: problems.join("; ") })
    },
    Effect.provide(Layer.merge(KafkaJs, OperatorJournal)),
    Effect.provide(settingsEnvFor(...variables))
  )
).pipe(
  Command.withDescription(
    "Count every record that was taken against its ending; exit code 1 when one has none (needs KAFKA_BROKERS, and DATABASE_URL or DATA_DIR)"
  )
)
