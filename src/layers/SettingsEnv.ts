import { fileURLToPath } from "node:url"

import { Effect, Layer, Schema } from "effect"

import { Settings } from "../services/Settings.ts"
import { readKafka, readTopics } from "./settings/kafka.ts"
import * as parse from "./settings/parsers.ts"
import { makeReader, type Reader } from "./settings/Reader.ts"
import { readRunner } from "./settings/runner.ts"
import { readTelemetry } from "./settings/telemetry.ts"
import { readServiceNow, readWeni } from "./settings/vendors.ts"

/** The environment cannot be worked with: one line for every missing or wrong variable. */
class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", {
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    return this.problems.join("\n")
  }
}

/** The file in the project's root, from wherever the service is started. */
const projectJourneys = fileURLToPath(new URL("../../journeys.yaml", import.meta.url))

const readRetry = Effect.fnUntraced(function* (reader: Reader) {
  return {
    attempts: yield* reader.withDefault("RETRY_ATTEMPTS", parse.integer(1, 100), 5),
    baseDelay: yield* reader.withDefault("RETRY_BASE_DELAY", parse.duration, 500),
    maxDelay: yield* reader.withDefault("RETRY_MAX_DELAY", parse.duration, 30_000)
  }
})

const readBreaker = Effect.fnUntraced(function* (reader: Reader) {
  return {
    failures: yield* reader.withDefault("BREAKER_FAILURES", parse.integer(1, 100_000), 20),
    reset: yield* reader.withDefault("BREAKER_RESET", parse.duration, 30_000),
    maxWait: yield* reader.withDefault("BREAKER_MAX_WAIT", parse.duration, 900_000)
  }
})

const readDatabase = Effect.fnUntraced(function* (reader: Reader) {
  const url = yield* reader.optional("DATABASE_URL", parse.databaseUrl)
  return { ...(url && { url }), dataDir: yield* reader.withDefault("DATA_DIR", parse.text, "./data") }
})

const readHttp = Effect.fnUntraced(function* (reader: Reader) {
  const operatorToken = yield* reader.optional("OPERATOR_TOKEN", parse.secret)
  return {
    host: yield* reader.withDefault("HTTP_HOST", parse.text, "127.0.0.1"),
    port: yield* reader.withDefault("HTTP_PORT", parse.integer(0, 65_535), 8080),
    ...(operatorToken && { operatorToken })
  }
})

const read = Effect.fnUntraced(function* (reader: Reader) {
  const weni = yield* readWeni(reader)
  const shutdownGrace = yield* reader.withDefault("SHUTDOWN_GRACE", parse.duration, 25_000)
  if (shutdownGrace <= weni.timeout + 5000) {
    reader.problems.push(
      `SHUTDOWN_GRACE: read ${shutdownGrace} ms, expected more than WENI_TIMEOUT (${weni.timeout} ms) plus 5 s`
    )
  }
  const database = yield* readDatabase(reader)
  return {
    kafka: yield* readKafka(reader),
    topics: yield* readTopics(reader),
    serviceNow: yield* readServiceNow(reader),
    weni,
    retry: yield* readRetry(reader),
    breaker: yield* readBreaker(reader),
    database,
    http: yield* readHttp(reader),
    ...(yield* readTelemetry(reader)),
    ...(yield* readRunner(reader, database.url !== undefined)),
    journeysFile: yield* reader.withDefault("JOURNEYS_FILE", parse.readableFile, projectJourneys),
    maxInFlight: yield* reader.withDefault("MAX_IN_FLIGHT", parse.integer(1, 100_000), 256),
    orphanAfter: yield* reader.withDefault("ORPHAN_AFTER", parse.duration, 600_000),
    shutdownGrace,
    retention: yield* reader.withDefault("RETENTION", parse.duration, 90 * 86_400_000),
    logLevel: yield* reader.withDefault(
      "LOG_LEVEL",
      parse.oneOf("Fatal", "Error", "Warn", "Info", "Debug", "Trace"),
      "Info"
    )
  }
})

const make = Effect.fnUntraced(function* (concerns: (problem: string) => boolean) {
  const reader = makeReader()
  const settings = yield* Effect.orDie(read(reader))
  const problems = reader.problems.filter(concerns)
  if (problems.length > 0) return yield* new SettingsError({ problems })
  return Settings.of(settings)
})

/** The settings of CONTRACT "Environment" from the config provider, the process's environment by default. */
export const SettingsEnv = Layer.effect(
  Settings,
  make(() => true)
)

/**
 * The same for a program that uses only the variables whose names begin like this: no others are missed, and where they
 * are missing or wrong their settings mean nothing.
 */
export const settingsEnvFor = (...names: ReadonlyArray<string>) =>
  Layer.effect(
    Settings,
    // A problem begins with the name of its variable.
    make((problem) => names.some((name) => problem.startsWith(name)))
  )
