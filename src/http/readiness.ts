import { Effect, Option } from "effect"

import type { BreakerStatus } from "../services/Breakers.ts"
import { DatabaseStatus } from "../services/DatabaseStatus.ts"
import { Vitals } from "./Vitals.ts"

interface Part {
  readonly ready: boolean
  readonly detail: string
}

interface Readiness {
  readonly ready: boolean
  readonly parts: { readonly database: Part; readonly kafka: Part; readonly topics: Part }
  /** Open ones pause the intake, and are no reason not to be ready: there is nothing here to mend (SPEC 9.2). */
  readonly breakers: Readonly<Record<string, BreakerStatus>>
}

const waiting: Part = { ready: false, detail: "waits for the database" }

const databasePart = Effect.map(
  Effect.flatMap(DatabaseStatus, (status) => status.state),
  ({ detail, holder, reachable }): Part => ({ ready: reachable && holder, detail })
)

const membership = (joined: boolean, missing: ReadonlyArray<string>) =>
  joined ? "group joined" : missing.length > 0 ? "waits for its topics" : "joining the group"

const presence = (missing: ReadonlyArray<string>) =>
  missing.length === 0 ? "all there" : `missing: ${missing.join(", ")}`

const kafkaParts = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(Vitals, (vitals) => vitals.intake)
  if (Option.isNone(intake)) return { kafka: waiting, topics: waiting }
  const { connected, joined, missingTopics } = yield* intake.value.kafka
  return {
    kafka: {
      ready: connected && joined,
      detail: connected ? membership(joined, missingTopics) : "brokers do not answer"
    },
    topics: connected
      ? { ready: missingTopics.length === 0, detail: presence(missingTopics) }
      : { ready: false, detail: "not known while the brokers do not answer" }
  }
})

const breakerStates = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(Vitals, (vitals) => vitals.intake)
  return Option.isNone(intake) ? {} : yield* intake.value.breakers
})

/** Whether records can be worked on now, and what is in the way (CONTRACT `GET /health/ready`). */
export const readiness = Effect.gen(function* () {
  const database = yield* databasePart
  const { kafka, topics } = yield* kafkaParts
  return {
    ready: database.ready && kafka.ready && topics.ready,
    parts: { database, kafka, topics },
    breakers: yield* breakerStates
  } satisfies Readiness
})
