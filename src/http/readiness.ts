import { Effect, Option } from "effect"

import type { BreakerStatus } from "../services/Breakers.ts"
import { DatabaseStatus } from "../services/DatabaseStatus.ts"
import type { KafkaStatus } from "../services/Kafka.ts"
import { type IntakeStatus, RuntimeStatus } from "./RuntimeStatus.ts"

interface Part {
  readonly ready: boolean
  readonly detail: string
}

interface Readiness {
  readonly ready: boolean
  /** `servicenow` is always ready, because orders continue. Its detail says whether a Case in doubt can be found. */
  readonly parts: { readonly database: Part; readonly kafka: Part; readonly topics: Part; readonly servicenow: Part }
  /**
   * An open breaker pauses the intake but does not affect readiness, because there is nothing to fix here (SPEC 9.2).
   */
  readonly breakers: Readonly<Record<string, BreakerStatus>>
}

const waiting: Part = { ready: false, detail: "waits for the database" }

const databasePart = Effect.map(
  Effect.flatMap(DatabaseStatus, (status) => status.state),
  ({ detail, holder, reachable }): Part => ({ ready: reachable && holder, detail })
)

const membershipText = (joined: boolean, missing: ReadonlyArray<string>) =>
  joined ? "group joined" : missing.length > 0 ? "waits for its topics" : "joining the group"

const presenceText = (missing: ReadonlyArray<string>) =>
  missing.length === 0 ? "all there" : `missing: ${missing.join(", ")}`

const aheadText = (count: number) =>
  count === 0
    ? ""
    : `; the group has committed ${count} records that this database knows nothing of, as after restoring an older backup (ctx audit)`

const troubleText = (trouble: string) => (trouble === "" ? "" : `; ${trouble}`)

const kafkaParts = ({ connected, joined, missingTopics, trouble }: KafkaStatus, ahead: number) => ({
  kafka: {
    ready: connected && joined,
    detail: connected
      ? `${membershipText(joined, missingTopics)}${troubleText(trouble)}${aheadText(ahead)}`
      : "brokers do not answer"
  },
  topics: connected
    ? { ready: missingTopics.length === 0, detail: presenceText(missingTopics) }
    : { ready: false, detail: "not known while the brokers do not answer" }
})

const sightTexts = {
  proven: (field: string) => `Cases come back by ${field}`,
  unproven: (field: string) => `no Case has been read back by ${field} yet`,
  blind: (field: string) => `Cases do not come back by ${field} as written: a Case in doubt ends INDETERMINADO`
}

const intakeParts = Effect.fnUntraced(function* ({ ahead, kafka, keySight }: IntakeStatus) {
  const status = yield* kafka
  const count = Option.getOrElse(yield* Effect.timeoutOption(ahead, "1 second"), () => 0)
  const { field, sight } = yield* keySight
  return { ...kafkaParts(status, count), servicenow: { ready: true, detail: sightTexts[sight](field) } }
})

/** Whether records can be processed now, and what prevents it (CONTRACT `GET /health/ready`). */
export const readiness = Effect.gen(function* () {
  const database = yield* databasePart
  const intake = yield* RuntimeStatus.use((runtimeStatus) => runtimeStatus.intake)
  const { kafka, servicenow, topics } = Option.isNone(intake)
    ? { kafka: waiting, topics: waiting, servicenow: waiting }
    : yield* intakeParts(intake.value)
  return {
    ready: database.ready && kafka.ready && topics.ready,
    parts: { database, kafka, topics, servicenow },
    breakers: Option.isNone(intake) ? {} : yield* intake.value.breakers
  } satisfies Readiness
})

/** True while `/health/ready` answers 200. Cheaper than `readiness`, which counts records in the database for its texts. */
export const isReady = Effect.gen(function* () {
  const database = yield* databasePart
  const intake = yield* RuntimeStatus.use((runtimeStatus) => runtimeStatus.intake)
  if (Option.isNone(intake)) return false
  const { kafka, topics } = kafkaParts(yield* intake.value.kafka, 0)
  return database.ready && kafka.ready && topics.ready
})
