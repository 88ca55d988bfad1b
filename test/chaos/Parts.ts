import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { Effect } from "effect"

import { humanGroup } from "../integration/support/customers.ts"
import { freePort } from "../support/freePorts.ts"
import { makeDatabase } from "./Database.ts"
import { machineOf } from "./network.ts"
import { makeReplica } from "./Replica.ts"
import { makeCluster, makePair } from "./servers.ts"
import { groupId, makeTopics, topics } from "./Topics.ts"
import { startVendors } from "./Vendors.ts"

const replicaCount = 3

/** Times are shorter than in production if a run would only wait. A late insert still comes before SERVICENOW_TIMEOUT. */
const settings = {
  SERVICENOW_TIMEOUT: "5 seconds",
  WENI_TIMEOUT: "5 seconds",
  TCP_ORPHAN_TIMEOUT: "1 second",
  RETRY_ATTEMPTS: "8",
  BREAKER_RESET: "5 seconds",
  SHUTDOWN_GRACE: "15 seconds"
}

export interface PartsOptions {
  readonly orphanAfter: string
  /** Text of the journeys file. */
  readonly journeys: string
}

/** Kafka, Postgres, the vendors and the replicas, each a separate process, all of them ready. */
export const startParts = Effect.fnUntraced(function* (options: PartsOptions) {
  const directory = mkdtempSync(join(tmpdir(), "brom-ctx-chaos-"))
  const kafka = yield* makeCluster
  const postgres = yield* makePair
  yield* Effect.all([kafka.start, postgres.begin], { concurrency: 2 })
  const vendors = yield* startVendors
  const load = yield* makeTopics(kafka.brokers)
  const journeysFile = join(directory, "journeys.yaml")
  writeFileSync(journeysFile, options.journeys)
  const environment = {
    ...settings,
    ...vendors.environment,
    KAFKA_BROKERS: kafka.brokers.join(","),
    KAFKA_GROUP_ID: groupId,
    TOPIC_IN: topics.in,
    TOPIC_RESPONSE: topics.response,
    TOPIC_INBOUND: topics.inbound,
    DATABASE_URL: postgres.url,
    JOURNEYS_FILE: journeysFile,
    ORPHAN_AFTER: options.orphanAfter,
    SERVICENOW_HUMAN_GROUP: humanGroup
  }
  const replicas = yield* Effect.forEach(
    Array.from({ length: replicaCount }, (_, index) => `replica-${index + 1}`),
    Effect.fnUntraced(function* (name, index) {
      const logFile = join(directory, `${name}.jsonl`)
      const port = String(yield* freePort)
      return yield* makeReplica({ name, logFile, port, environment, machine: machineOf(index + 1) })
    })
  )
  yield* Effect.forEach(replicas, ({ start }) => start)
  yield* Effect.forEach(replicas, ({ ready }) => ready)
  const database = makeDatabase(postgres.primaryUrl)
  return { directory, kafka, postgres, vendors, load, replicas, database }
}, Effect.orDie)

export type Parts = Effect.Success<ReturnType<typeof startParts>>
