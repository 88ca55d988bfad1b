import { Effect, Layer } from "effect"
import { Command } from "effect/cli"

import { shownId } from "../domain/personal/personalData.ts"
import { KafkaJs } from "../layers/kafka/js/KafkaJs.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { type Audit, audit, type AuditedEarlierLog, type AuditedPartition } from "../programs/upkeep/audit.ts"
import { ProblemFound } from "./exitCodes.ts"
import { json } from "./flags.ts"
import { OperatorJournal, withinPatience } from "./layers.ts"
import { byService } from "./OperatorClient.ts"
import { print, table } from "./output.ts"

const head = ["topic/partition", "first", "committed", "ended", "skipped", "undelivered", "unaccounted"]

type Log = AuditedPartition | AuditedEarlierLog

/** A log as the operator reads it: `topic/partition`, in later generations with `~2`, `~3` … behind. */
const nameOf = ({ partition, topic }: AuditedPartition, { generation }: Log): string =>
  `${topic}/${partition}${generation === undefined ? "" : `~${generation}`}`

const logsOf = (partition: AuditedPartition): ReadonlyArray<Log> => [...(partition.earlier ?? []), partition]

const rows = (partition: AuditedPartition): ReadonlyArray<ReadonlyArray<string>> =>
  logsOf(partition).map((it) => {
    const counts = [
      it.first,
      "next" in it ? it.next : it.committed,
      it.ended,
      it.skipped,
      it.undelivered,
      it.unaccounted
    ]
    return [nameOf(partition, it)].concat(counts.map(String))
  })

const missing = (partition: AuditedPartition): ReadonlyArray<string> =>
  logsOf(partition).flatMap((log) =>
    (log.missing ?? []).map(({ first, last }) => {
      const { earliest } = partition
      const offsets = first === last ? `offset ${first}` : `offsets ${first} to ${last}`
      const inKafka =
        last < earliest ? "no longer in Kafka" : first < earliest ? `in Kafka from ${earliest} on` : "still in Kafka"
      const availability = "next" in log ? "of an earlier log" : inKafka
      return `UNACCOUNTED: ${nameOf(partition, log)} ${offsets}, ${availability}`
    })
  )

const reasons = {
  another_log: (from: number) => `another log than before, from offset ${from} on: all of it is worked on`,
  cut: (from: number) => `the log was cut, and is another one from offset ${from} on: all of that is worked on`
}

const begun = (partition: AuditedPartition): ReadonlyArray<string> =>
  logsOf(partition).flatMap((log) => {
    const { began, cluster, first } = log
    const where = cluster === undefined ? "" : ` (cluster ${cluster})`
    return began === undefined
      ? []
      : [`NEW LOG: ${nameOf(partition, log)} since ${began.at}: ${reasons[began.reason](first)}${where}`]
  })

const ahead = (partition: AuditedPartition): ReadonlyArray<string> =>
  partition.ahead === undefined
    ? []
    : [
        `AHEAD: ${nameOf(partition, partition)}: the group had committed ${partition.ahead} of these before this database knew of them, as after restoring an older backup. They are not worked on: check them one by one (docs/operations.md "Backup")`
      ]

const standing = ({ overdueIds = [], stalledIds = [] }: Audit): ReadonlyArray<string> => [
  ...stalledIds.map((id) => `STALLED: ${id}`),
  ...overdueIds.map((id) => `OVERDUE: ${id}`)
]

const unasked = ({ unreached = [] }: Audit): ReadonlyArray<string> =>
  unreached.map(({ partitions, reason, topic }) => {
    const places = partitions.map((partition) => `${topic}/${partition}`)
    return `NOT AUDITED: ${places.join(", ")}: ${reason}`
  })

/** The audit as people read it, also after records were settled. */
export const auditLines = (found: Audit): ReadonlyArray<string> => [
  ...table([head, ...found.topics.flatMap(rows)]),
  "",
  ...found.topics.flatMap(begun),
  ...found.topics.flatMap(missing),
  ...found.topics.flatMap(ahead),
  ...unasked(found),
  ...standing(found),
  `${found.unaccounted} records unaccounted for`,
  `${found.stalled} communications stalled, ${found.overdue} overdue`
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

/** Ids as people may read them: without a service, none is named by its `ref`. */
const masked = ({ overdueIds, stalledIds, ...counts }: Audit): Audit => ({
  ...counts,
  ...(stalledIds && { stalledIds: stalledIds.map(shownId) }),
  ...(overdueIds && { overdueIds: overdueIds.map(shownId) })
})

const directly = withinPatience(
  Effect.map(audit(), masked),
  "Kafka (KAFKA_BROKERS) or the database (DATABASE_URL)"
).pipe(Effect.provide(Layer.merge(KafkaJs, OperatorJournal)), Effect.provide(settingsEnvFor(...variables)))

/** `ctx audit`: compares every taken record with its ending (SPEC 2.7). */
export const auditCommand = Command.make(
  "audit",
  { json },
  Effect.fnUntraced(function* ({ json: asJson }) {
    const found: Audit = yield* byService(
      ({ ask }) => ask((api) => api.audit.audit()),
      directly,
      "reading Kafka and the database itself"
    )
    yield* print(asJson, found, auditLines(found))
    const problems = [
      ...(found.unaccounted > 0 ? [`${found.unaccounted} records have no ending`] : []),
      ...(found.stalled > 0 ? [`${found.stalled} communications are stalled`] : []),
      ...(found.overdue > 0 ? [`${found.overdue} communications are overdue`] : []),
      ...(found.unreached === undefined ? [] : ["not all partitions were audited"])
    ]
    if (problems.length > 0) return yield* new ProblemFound({ detail: problems.join("; ") })
  })
).pipe(
  Command.withDescription(
    "Count every record that was taken against its ending; exit code 1 when one has none (by the running service: CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN; else needs KAFKA_BROKERS, and DATABASE_URL or DATA_DIR)"
  )
)
