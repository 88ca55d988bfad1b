import { Effect, Redacted } from "effect"
import {
  type LogEntry,
  type Kafka,
  type KafkaConfig,
  logLevel,
  type RetryOptions,
  type SASLOptions,
  type Consumer
} from "kafkajs"

import type { KafkaSettings } from "../../../services/Settings.ts"
import { registerCodecs } from "./codecs/codecs.ts"
import { patchKafkaJs } from "./patch.ts"

/** Fields of a kafkajs log entry that are informative and contain nothing of a record or a credential. */
const FIELDS = ["topic", "partition", "broker", "groupId", "memberId", "error", "retryCount"] as const

const ERROR = 1
const WARN = 2

/**
 * What kafkajs logs several times a second during an outage or a rebalance. These entries become debug entries, since
 * this layer reports the same in one line of its own.
 */
const ROUTINE =
  /^(Connection|Limiting retries|Failed to (connect|send|find)|Response |Request |Closed connection|Crash|The group is rebalancing|The coordinator is not aware|Offset out of range|The fetch failed|There is no leader|This server|The request included)/

const textOf = (value: unknown): unknown => (value instanceof Error ? value.message : value)

/** Writes one kafkajs entry to Effect's log and keeps its level, unless the entry is routine. */
export const logEntry = ({ namespace, level, log }: LogEntry): Effect.Effect<void> => {
  const fields: Record<string, unknown> = { logger: "kafkajs", namespace }
  for (const field of FIELDS) if (log[field] !== undefined) fields[field] = textOf(log[field])
  const severity = ROUTINE.test(log.message) || level > WARN ? "Debug" : level === ERROR ? "Error" : "Warn"
  return Effect.annotateLogs(Effect.logWithLevel(severity)(log.message), fields)
}

/** Survives an outage of a minute without losing its membership. Leaves every crash to this layer. */
export const PATIENT: RetryOptions = {
  initialRetryTime: 100,
  maxRetryTime: 1000,
  retries: 90,
  restartOnFailure: () => Promise.resolve(false)
}

/** Fails soon when the brokers are unavailable, because the caller tries again by itself. */
export const HASTY: RetryOptions = { initialRetryTime: 100, maxRetryTime: 1000, retries: 2 }

const sasl = ({ mechanism, username, password }: NonNullable<KafkaSettings["sasl"]>): SASLOptions => ({
  mechanism,
  username,
  password: Redacted.value(password)
})

const tls = ({ ca, cert, key }: NonNullable<KafkaSettings["certificates"]>) => ({
  ...(ca !== undefined && { ca: [ca] }),
  ...(cert !== undefined && { cert }),
  ...(key !== undefined && { key: Redacted.value(key) })
})

/** Maps the connection options of CONTRACT "Environment" to kafkajs options. */
export const configOf = (settings: KafkaSettings): KafkaConfig => ({
  clientId: settings.clientId,
  brokers: [...settings.brokers],
  ssl: settings.ssl && settings.certificates !== undefined ? tls(settings.certificates) : settings.ssl,
  connectionTimeout: 3000,
  authenticationTimeout: 10_000,
  requestTimeout: 15_000,
  ...(settings.sasl !== undefined && { sasl: sasl(settings.sasl) })
})

/** Makes kafkajs clients that log through Effect, not connected yet. `listen` receives every entry first. */
export type MakeClient = (retry: RetryOptions, listen?: (entry: LogEntry) => void) => Kafka

/** Dies if the installed kafkajs is not the version that was patched. */
export const clientMaker = Effect.fnUntraced(function* (settings: KafkaSettings): Effect.fn.Return<MakeClient> {
  const Client = yield* Effect.sync(() => patchKafkaJs())
  registerCodecs(settings.maxBatch)
  // One list of addresses for all clients, so that each one knows which address has failed (`poolBuilderOf`).
  const config = configOf(settings)
  const fork = Effect.runForkWith(yield* Effect.context())
  return (retry, listen) =>
    new Client({
      ...config,
      retry,
      logLevel: logLevel.WARN,
      logCreator: () => (entry) => {
        listen?.(entry)
        fork(logEntry(entry))
      }
    })
})

/**
 * Milliseconds after which the group gives a silent member's partitions to others. Brokers may refuse the first ones,
 * because they have a minimum of their own (`group.min.session.timeout.ms`, 6 s by default).
 */
const sessionTimeouts = [7000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000] as const

export const shortestSession: number = sessionTimeouts[0]

/** The next longer session time-out, after brokers have refused `refused`. */
export const longerSession = (refused: number): number => sessionTimeouts.find((millis) => millis > refused) ?? refused

export interface ConsumerSettings {
  readonly groupId: string
  /** Milliseconds. */
  readonly sessionTimeout: number
}

/** Makes one kafkajs consumer of the group, not connected yet. `onEntry` receives its log entries. */
export const makeConsumer = (
  makeClient: MakeClient,
  { groupId, sessionTimeout }: ConsumerSettings,
  onEntry: (entry: LogEntry) => void
): Consumer =>
  makeClient(PATIENT, onEntry).consumer({
    groupId,
    sessionTimeout,
    rebalanceTimeout: 30_000,
    heartbeatInterval: 1000,
    // A paused consumer sends heartbeats, resumes and leaves only after this wait.
    maxWaitTimeInMs: 500,
    maxBytes: 4 * 1024 * 1024,
    maxBytesPerPartition: 1024 * 1024,
    // Topic metadata is refreshed at this age, which finds new partitions and moved leaders.
    metadataMaxAge: 20_000,
    allowAutoTopicCreation: false
  })
