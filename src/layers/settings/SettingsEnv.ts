import { fileURLToPath } from "node:url"

import { Effect, Layer, Redacted, Schema } from "effect"

import { Settings } from "../../services/Settings.ts"
import { type DatabaseTls, readDatabaseUrl } from "./databaseUrl.ts"
import { readHttp } from "./http.ts"
import { readKafka, readTopics } from "./kafka.ts"
import { warnOfMisspelled } from "./misspelled.ts"
import * as parse from "./parsers.ts"
import { makeReader, type Parser, type Reader } from "./parsers.ts"
import { readProxies } from "./proxies.ts"
import { readTelemetry } from "./telemetry.ts"
import { readServiceNow, readWeni } from "./vendors.ts"

/** Variables of versions before the locks by communication, in which each replica had an address. */
const former = ["RUNNER_HOST", "RUNNER_PORT"] as const

const anything: Parser<string> = { expected: "anything", parse: (value) => value }

const warnOfFormer = Effect.fnUntraced(function* (reader: Reader) {
  for (const name of former) {
    const value = yield* reader.optional(name, anything)
    if (value !== undefined) reader.warnings.push(`${name} is set and no longer used`)
  }
})

/** The environment is unusable. The message has one line per missing or wrong variable. */
class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", {
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    return this.problems.join("\n")
  }
}

/** The file in the project's root, independent of the working directory. */
const projectJourneys = fileURLToPath(new URL("../../../journeys.yaml", import.meta.url))

const readRetry = Effect.fnUntraced(function* (reader: Reader) {
  return {
    attempts: yield* reader.withDefault("RETRY_ATTEMPTS", parse.integer(1, 100), 5),
    baseDelay: yield* reader.withDefault("RETRY_BASE_DELAY", parse.duration, 500),
    maxDelay: yield* reader.withDefault("RETRY_MAX_DELAY", parse.duration, 30_000)
  }
})

const readBreaker = Effect.fnUntraced(function* (reader: Reader) {
  const maxWait = yield* reader.withDefault("BREAKER_MAX_WAIT", parse.duration, 86_400_000)
  const retryAfterMax = yield* reader.withDefault("RETRY_AFTER_MAX", parse.duration, 600_000)
  return {
    failures: yield* reader.withDefault("BREAKER_FAILURES", parse.integer(1, 100_000), 20),
    after: yield* reader.withDefault("BREAKER_AFTER", parse.duration, 3000),
    reset: yield* reader.withDefault("BREAKER_RESET", parse.duration, 30_000),
    maxWait,
    retryAfterMax: Math.min(retryAfterMax, maxWait)
  }
})

/** The files are read for each connection, since certificates are renewed. They must be there at the start. */
const unreadableFiles = ({ certificate, key, rootCertificate }: DatabaseTls): ReadonlyArray<string> =>
  Object.entries({ sslrootcert: rootCertificate, sslcert: certificate, sslkey: key }).flatMap(([name, file]) =>
    file === undefined || file === "system" || parse.readableFile.parse(file) !== undefined
      ? []
      : [`${name}: read ${JSON.stringify(file)}, expected a file that can be read`]
  )

/**
 * In production, as in the image, the embedded database is never the default, because it would be lost with the
 * container.
 */
const readDatabase = Effect.fnUntraced(function* (reader: Reader) {
  const before = reader.problems.length
  const url = yield* reader.optional("DATABASE_URL", parse.secret)
  const reading = url === undefined ? undefined : readDatabaseUrl(Redacted.value(url))
  if (reading !== undefined) {
    const problems = "problems" in reading ? reading.problems : unreadableFiles(reading.server.tls)
    reader.problems.push(...problems.map((problem) => `DATABASE_URL: ${problem}`))
    if ("warnings" in reading) reader.warnings.push(...reading.warnings.map((warning) => `DATABASE_URL: ${warning}`))
  }
  const isWrong = reader.problems.length > before
  const dataDir = yield* reader.optional("DATA_DIR", parse.text)
  const isProduction = (yield* reader.optional("NODE_ENV", anything)) === "production"
  if (isProduction && !isWrong && url === undefined && dataDir === undefined) {
    reader.problems.push(
      "DATABASE_URL: missing, expected postgres://user:password@host/database " +
        "(or DATA_DIR, on a volume that is kept: the embedded database is in it)"
    )
  }
  return { ...(url && { url }), dataDir: dataDir ?? "./data" }
})

/** Reads every variable of the service, each once, with the reader's rules for missing and wrong ones. */
export const readSettings = Effect.fnUntraced(function* (reader: Reader) {
  const weni = yield* readWeni(reader)
  const shutdownGrace = yield* reader.withDefault("SHUTDOWN_GRACE", parse.duration, 25_000)
  if (shutdownGrace <= weni.timeout + 5000) {
    reader.problems.push(
      `SHUTDOWN_GRACE: read ${shutdownGrace} ms, expected more than WENI_TIMEOUT (${weni.timeout} ms) plus 5 s`
    )
  }
  const database = yield* readDatabase(reader)
  yield* warnOfFormer(reader)
  const searchKey = yield* reader.optional("SEARCH_KEY", parse.key)
  return {
    kafka: yield* readKafka(reader),
    topics: yield* readTopics(reader),
    serviceNow: yield* readServiceNow(reader),
    weni,
    retry: yield* readRetry(reader),
    breaker: yield* readBreaker(reader),
    database,
    http: yield* readHttp(reader),
    ...(searchKey && { searchKey }),
    ...(yield* readTelemetry(reader)),
    proxies: yield* readProxies(reader),
    warnings: reader.warnings,
    journeysFile: yield* reader.withDefault("JOURNEYS_FILE", parse.readableFile, projectJourneys),
    maxInFlight: yield* reader.withDefault("MAX_IN_FLIGHT", parse.integer(1, 100_000), 256),
    operationRate: yield* reader.withDefault("OPERATION_RATE", parse.integer(1, 1000), 5),
    orphanAfter: yield* reader.withDefault("ORPHAN_AFTER", parse.duration, 600_000),
    tcpOrphanTimeout: yield* reader.withDefault("TCP_ORPHAN_TIMEOUT", parse.duration, 105_000),
    shutdownGrace,
    retention: yield* reader.withDefault("RETENTION", parse.duration, 90 * 86_400_000),
    logLevel: yield* reader.withDefault(
      "LOG_LEVEL",
      parse.oneOf("Fatal", "Error", "Warn", "Info", "Debug", "Trace"),
      "Info"
    ),
    logFormat: yield* reader.withDefault("LOG_FORMAT", parse.oneOf("json", "pretty"), "json")
  }
})

const make = Effect.fnUntraced(function* (isRelevant: (problem: string) => boolean) {
  const reader = makeReader()
  const settings = yield* Effect.orDie(readSettings(reader))
  yield* Effect.orDie(warnOfMisspelled(reader))
  const problems = reader.problems.filter(isRelevant)
  if (problems.length > 0) return yield* new SettingsError({ problems })
  return Settings.of(settings)
})

/** Reads the settings of CONTRACT "Environment" from the config provider, by default the process's environment. */
export const SettingsEnv = Layer.effect(
  Settings,
  make(() => true)
)

/**
 * The same for a program that uses only the variables whose names begin with one of `names`. Missing or wrong other
 * variables are not an error, but their settings are meaningless.
 */
export const settingsEnvFor = (...names: ReadonlyArray<string>) =>
  Layer.effect(
    Settings,
    // A problem starts with the name of its variable.
    make((problem) => names.some((name) => problem.startsWith(name)))
  )
