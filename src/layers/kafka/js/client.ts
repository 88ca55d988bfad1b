import { Effect, Redacted } from "effect"
import { type Kafka, type KafkaConfig, type LogEntry, logLevel, type RetryOptions, type SASLOptions } from "kafkajs"

import type { KafkaSettings } from "../../../services/Settings.ts"
import { registerCodecs } from "./codecs.ts"
import { logEntry } from "./logging.ts"
import { patchKafkaJs } from "./patch.ts"

/** Rides out an outage of a minute with its membership kept; every crash is left to this layer. */
export const PATIENT: RetryOptions = {
  initialRetryTime: 100,
  maxRetryTime: 1000,
  retries: 90,
  restartOnFailure: () => Promise.resolve(false)
}

/** Says soon that the brokers are away: whoever asks tries again by itself. */
export const HASTY: RetryOptions = { initialRetryTime: 100, maxRetryTime: 1000, retries: 2 }

const sasl = ({ mechanism, username, password }: NonNullable<KafkaSettings["sasl"]>): SASLOptions => ({
  mechanism,
  username,
  password: Redacted.value(password)
})

/** The connection options of CONTRACT "Environment" as kafkajs wants them. */
export const configOf = (settings: KafkaSettings): KafkaConfig => ({
  clientId: settings.clientId,
  brokers: [...settings.brokers],
  ssl: settings.ssl,
  connectionTimeout: 3000,
  authenticationTimeout: 10_000,
  requestTimeout: 15_000,
  ...(settings.sasl !== undefined && { sasl: sasl(settings.sasl) })
})

/** Makes kafkajs clients that log through Effect; `listen` hears every entry first. No connection is made yet. */
export type MakeClient = (retry: RetryOptions, listen?: (entry: LogEntry) => void) => Kafka

/** Dies when the installed kafkajs is not the one that was patched. */
export const clientMaker = Effect.fnUntraced(function* (settings: KafkaSettings): Effect.fn.Return<MakeClient> {
  const Client = yield* Effect.sync(() => patchKafkaJs())
  registerCodecs()
  const fork = Effect.runForkWith(yield* Effect.context())
  return (retry, listen) =>
    new Client({
      ...configOf(settings),
      retry,
      logLevel: logLevel.WARN,
      logCreator: () => (entry) => {
        listen?.(entry)
        fork(logEntry(entry))
      }
    })
})
